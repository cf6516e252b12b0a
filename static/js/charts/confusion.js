// @ts-check
/** Label against reading, 10 × 10: right ones in ink, wrong ones outlined in crimson with their count. Buttons where there is something to show. */
import { createChanged } from '../lib/changed.js';
import { el, setAttribute, setText } from '../lib/dom.js';

const DIGITS = 10;

/**
 * @param {HTMLElement} root
 * @param {{onPick: (label: number, read: number) => void}} options
 */
export function createConfusion(root, { onPick }) {
  const cells = Array.from({ length: DIGITS * DIGITS }, (_, i) => {
    const [label, read] = [Math.floor(i / DIGITS), i % DIGITS];
    return el('button', { type: 'button', class: 'confusion-cell', onclick: () => onPick(label, read) });
  });
  const heads = Array.from({ length: DIGITS }, (_, d) => el('span', { class: 'confusion-head', 'aria-hidden': 'true' }, d));
  const sides = Array.from({ length: DIGITS }, (_, d) => el('span', { class: 'confusion-head', 'aria-hidden': 'true' }, d));
  root.append(
    el('span', { class: 'confusion-title read', 'aria-hidden': 'true' }, 'read as'),
    el('span', { class: 'confusion-title label', 'aria-hidden': 'true' }, 'label'),
    el('span', {}),
    ...heads,
    ...sides.flatMap((side, label) => [side, ...cells.slice(label * DIGITS, (label + 1) * DIGITS)]),
  );
  root.addEventListener('keydown', (event) => {
    const forward = event.key === 'ArrowRight' || event.key === 'ArrowDown';
    if (!forward && event.key !== 'ArrowLeft' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const filled = cells.filter((cell) => !cell.disabled);
    const at = filled.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    filled[at + (forward ? 1 : -1)]?.focus();
  });
  const changed = createChanged();
  root.addEventListener('focusin', ({ target }) => {
    for (const cell of cells) cell.tabIndex = cell === target ? 0 : -1; // one tab stop, arrow keys inside
  });
  return {
    /** @param {{confusion: number[][]|null, picked: {from: number, to: number}|null}} data */
    update({ confusion, picked }) {
      if (!changed(confusion, picked)) return;
      let stop = cells.find((cell) => cell === document.activeElement) ?? null;
      const largest = Math.max(1, ...(confusion ?? []).map((row, d) => row[d]));
      cells.forEach((cell, i) => {
        const [label, read] = [Math.floor(i / DIGITS), i % DIGITS];
        const count = confusion?.[label]?.[read] ?? 0;
        const wrong = label !== read && count > 0;
        setAttribute(cell, 'class', `confusion-cell${wrong ? ' wrong' : count ? ' right' : ''}`);
        setText(cell, wrong ? String(count) : '');
        cell.style.setProperty('--share', count && !wrong ? String(0.25 + 0.75 * (count / largest)) : '0');
        cell.disabled = count === 0;
        if (count && stop === null) stop = cell;
        cell.tabIndex = cell === stop ? 0 : -1;
        setAttribute(cell, 'aria-label', `${count} of label ${label} read as ${read}`);
        setAttribute(cell, 'aria-pressed', picked && picked.from === label && picked.to === read ? 'true' : null);
      });
    },
  };
}
