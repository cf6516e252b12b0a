// @ts-check
/** The line that says that a link is shown, and offers the way back to the person's own work. */
import { find } from '../lib/dom.js';

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch}} context
 * @returns {import('../lib/types.js').View}
 */
export function createVisit(root, { dispatch }) {
  find(root, '[data-part=visit-end]').addEventListener('click', () => dispatch({ type: 'visit/end' }));
  find(root, '[data-part=visit-keep]').addEventListener('click', () => dispatch({ type: 'visit/keep' }));
  return {
    update({ visit }) {
      root.hidden = visit === null;
    },
    destroy() {},
  };
}
