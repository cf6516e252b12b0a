// @ts-check
/** The probabilities as bars, in percent; the digit that is read in ink. */
import { address } from '../lib/address.js';
import { el, find, setAttribute, setText } from '../lib/dom.js';
import { formatPercent } from '../lib/format.js';
import { isBlank } from '../lib/image.js';

/**
 * @param {HTMLElement} root
 * @returns {import('../lib/types.js').View}
 */
export function createSoftmax(root) {
  const bars = find(root, '[data-part=bars]');
  const note = find(root, '[data-part=bars-note]');
  const items = Array.from({ length: 10 }, (_, digit) => {
    const percent = el('span', { role: 'img', class: 'percent', tabindex: digit === 0 ? '0' : undefined, dataset: { cell: address('probabilities', digit) } });
    const bar = el('span', { class: 'bar' });
    const item = el('li', {}, el('span', { class: 'column' }, percent, bar), el('span', { class: 'digit' }, digit));
    return { item, percent, bar };
  });
  bars.append(...items.map(({ item }) => item));
  return {
    update({ shown, label }) {
      if (!shown) return;
      const { probabilities, predicted } = shown.trace;
      const empty = isBlank(shown.work.image);
      note.hidden = !empty;
      bars.classList.toggle('empty', empty);
      items.forEach(({ item, percent, bar }, digit) => {
        const p = probabilities[digit];
        setText(percent, formatPercent(p));
        setAttribute(percent, 'data-value', String(p));
        setAttribute(percent, 'aria-label', `Probability of ${digit}: ${formatPercent(p)} percent`);
        bar.style.setProperty('--p', p.toFixed(4));
        item.classList.toggle('hit', !empty && digit === predicted);
        item.classList.toggle('truth', digit === label);
      });
    },
    destroy() {},
  };
}
