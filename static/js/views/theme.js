// @ts-check
/** The button that goes round: system, light, dark. */
import { setAttribute } from '../lib/dom.js';

/** @type {import('../lib/types.js').State['theme'][]} */
const ROUND = ['system', 'light', 'dark'];
const NAMES = { system: 'follows the system', light: 'light', dark: 'dark' };

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch}} context
 * @returns {import('../lib/types.js').View}
 */
export function createTheme(root, { dispatch }) {
  /** @type {import('../lib/types.js').State['theme']} */
  let theme = 'system';
  const onClick = () => dispatch({ type: 'view/theme', theme: ROUND[(ROUND.indexOf(theme) + 1) % ROUND.length] });
  root.addEventListener('click', onClick);
  return {
    update(state) {
      theme = state.theme;
      setAttribute(root, 'aria-label', `Theme: ${NAMES[theme]}`);
      setAttribute(root, 'title', `Theme: ${NAMES[theme]}`);
    },
    destroy() {
      root.removeEventListener('click', onClick);
    },
  };
}
