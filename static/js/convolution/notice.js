// @ts-check
/** The line that says that the server is away, and offers to ask again now. */
import { find, setText } from '../lib/dom.js';

/**
 * @param {HTMLElement} root
 * @param {{retryNow: () => void}} context
 * @returns {import('./types.js').View}
 */
export function createNotice(root, { retryNow }) {
  const text = find(root, '[data-part=text]');
  const button = find(root, 'button');
  button.addEventListener('click', retryNow);
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let ticking;
  return {
    update({ server }) {
      clearInterval(ticking);
      root.hidden = server.status === 'ok';
      if (root.hidden) return;
      const tell = () => {
        const left = Math.ceil((server.retryAt - Date.now()) / 1000);
        setText(text, `The server is not answering. What you entered is kept, and what is shown can still be played. ${left > 0 ? `Trying again in ${left} s.` : 'Trying again …'}`);
      };
      tell();
      ticking = setInterval(tell, 500);
    },
    destroy() {
      clearInterval(ticking);
    },
  };
}
