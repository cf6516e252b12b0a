// @ts-check
/** A polite live region: what was done, and, once the drawing rests, what the network reads. */
import { formatPercent } from '../lib/format.js';
import { isBlank } from '../lib/image.js';

const REST = 700; // ms without a change before the reading is spoken

/**
 * @param {HTMLElement} root
 * @returns {import('../lib/types.js').View}
 */
export function createAnnouncer(root) {
  let serial = 0;
  /** @type {import('../lib/types.js').Shown|null} */
  let known = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  return {
    update(state) {
      if (state.said.serial !== serial) {
        serial = state.said.serial;
        root.textContent = '';
        root.textContent = state.said.text;
      }
      if (state.shown === known) return;
      const first = known === null;
      known = state.shown;
      if (first || !known) return;
      const { work, trace } = known;
      clearTimeout(timer);
      timer = setTimeout(() => {
        root.textContent = isBlank(work.image)
          ? 'Nothing drawn, so nothing to read'
          : `Read as ${trace.predicted}, ${formatPercent(trace.probabilities[trace.predicted])} percent`;
      }, REST);
    },
    destroy() {
      clearTimeout(timer);
    },
  };
}
