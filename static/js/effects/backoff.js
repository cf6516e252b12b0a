// @ts-check
/** When to ask again after the server was away. */

const FIRST = 1000; // ms, doubled up to LAST
const LAST = 8000;

/** @param {import('../lib/types.js').Dispatch} dispatch */
export function createBackoff(dispatch) {
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** How long to wait, longer each time. @param {number} retryAfter seconds that the server asked for */
  const pause = (retryAfter) => Math.max(retryAfter * 1000, Math.min(LAST, FIRST * 2 ** failures++));
  return {
    pause,
    /**
     * @param {() => void} again
     * @param {number} [retryAfter] seconds that the server asked for
     */
    later(again, retryAfter = 0) {
      const wait = pause(retryAfter);
      dispatch({ type: 'server/unreachable', retryAt: Date.now() + wait });
      clearTimeout(timer);
      timer = setTimeout(again, wait);
    },
    succeeded() {
      failures = 0;
    },
    cancel() {
      clearTimeout(timer);
    },
  };
}
