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
  let waits = false; // a reading that has not been spoken

  function read() {
    waits = false;
    if (!known) return;
    const { work, trace } = known;
    root.textContent = isBlank(work.image)
      ? 'Nothing drawn, so nothing to read'
      : `Read as ${trace.predicted}, ${formatPercent(trace.probabilities[trace.predicted])} percent`;
  }

  return {
    update(state) {
      const isNew = state.said.serial !== serial;
      if (isNew) {
        serial = state.said.serial;
        root.textContent = '';
        root.textContent = state.said.text;
      }
      if (state.shown !== known) {
        waits = known !== null && state.shown !== null;
        known = state.shown;
      } else if (!isNew) return;
      clearTimeout(timer);
      if (waits) timer = setTimeout(read, REST); // nor does it follow at once on what was said
    },
    destroy() {
      clearTimeout(timer);
    },
  };
}
