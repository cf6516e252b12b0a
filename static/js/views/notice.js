// @ts-check
/** The line that says what is wrong and offers the way back: server unreachable, request refused. */
import { find, setText } from '../lib/dom.js';

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, retryNow: () => void}} context
 * @returns {import('../lib/types.js').View}
 */
export function createNotice(root, { dispatch, retryNow }) {
  const text = find(root, '[data-part=text]');
  const button = find(root, 'button');
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let ticking;
  let act = () => {};
  button.addEventListener('click', () => act());

  /** @param {number} retryAt */
  function countDown(retryAt) {
    const left = Math.ceil((retryAt - Date.now()) / 1000);
    setText(text, `The server is not answering. Your drawing is kept here. ${left > 0 ? `Trying again in ${left} s.` : 'Trying again …'}`);
  }

  return {
    update({ server, problem, past }) {
      clearInterval(ticking);
      ticking = undefined;
      if (server.status === 'unreachable') {
        countDown(server.retryAt);
        ticking = setInterval(() => countDown(server.retryAt), 500);
        setText(button, 'Try now');
        act = retryNow;
      } else if (problem) {
        const back = problem.ofWork && past.length > 0;
        setText(text, problem.status ? `The server refused this: ${problem.detail}` : problem.detail);
        setText(button, back ? 'Undo' : 'Dismiss');
        act = () => dispatch({ type: back ? 'undo' : 'problem/dismiss' });
      }
      root.hidden = server.status === 'ok' && !problem;
    },
    destroy() {
      clearInterval(ticking);
    },
  };
}
