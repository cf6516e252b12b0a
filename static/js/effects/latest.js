// @ts-check
/** A request that follows something in the state: latest wins, at most one under way, tried again when the server returns. */
import { Refused, Unreachable } from '../api.js';
import { createBackoff } from './backoff.js';

/**
 * @template K, R
 * @param {object} options
 * @param {import('../lib/types.js').Dispatch} options.dispatch
 * @param {(state: import('../lib/types.js').State) => K|null} options.key   what the request depends on; null asks nothing
 * @param {(key: K, signal: AbortSignal) => Promise<R>} options.ask
 * @param {(key: K, reply: R) => void} options.onReply
 * @param {(problem: import('../lib/types.js').Problem) => void} [options.onRefused]
 * @param {(a: K, b: K) => boolean} options.same
 * @param {(state: import('../lib/types.js').State) => number} [options.rest]   ms to wait before asking
 * @param {boolean} [options.finish]   let a request end before the next begins, so that a stream of changes still gets answers
 */
export function createLatest({ dispatch, key, ask, onReply, onRefused, same, rest = () => 0, finish = false }) {
  /** @type {{controller: AbortController, key: K}|null} */
  let underWay = null;
  /** @type {K|null} */
  let wanted = null;
  /** @type {K|null} */
  let answered = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let pause = 0;
  const backoff = createBackoff(dispatch);

  async function start() {
    timer = undefined;
    if (wanted === null || (finish && underWay)) return;
    underWay?.controller.abort();
    const mine = (underWay = { controller: new AbortController(), key: wanted });
    try {
      const reply = await ask(mine.key, mine.controller.signal);
      if (mine !== underWay) return;
      answered = mine.key;
      backoff.succeeded();
      dispatch({ type: 'server/reachable' });
      onReply(mine.key, reply);
    } catch (error) {
      if (mine !== underWay || mine.controller.signal.aborted) return;
      answered = mine.key; // not asked again until something changes or the server returns
      if (error instanceof Refused) onRefused?.(error.problem);
      else if (error instanceof Unreachable) {
        answered = null;
        // what only accompanies the numbers can wait for its turn without a word
        if (error.busy) timer = setTimeout(start, backoff.pause(error.retryAfter));
        else backoff.later(start, error.retryAfter);
      }
      else throw error;
    } finally {
      if (mine === underWay) underWay = null;
      if (finish && wanted !== null && answered !== null && !same(wanted, answered)) schedule();
    }
  }

  function schedule() {
    clearTimeout(timer);
    if (pause) timer = setTimeout(start, pause);
    else start();
  }

  return {
    /** @param {import('../lib/types.js').State} state */
    update(state) {
      const next = key(state);
      pause = rest(state);
      const fresh = next !== null && (wanted === null || !same(next, wanted));
      const retry = next !== null && !fresh && answered === null && !underWay && !timer && state.server.status === 'ok';
      wanted = next;
      if (next === null) {
        clearTimeout(timer);
        timer = undefined;
        if (!finish) underWay?.controller.abort();
      } else if (state.server.status !== 'ok' && !fresh) {
        return; // asked again when the wait is over
      } else if ((fresh && !(answered !== null && same(next, answered))) || retry) {
        if (!(finish && timer)) schedule(); // in a stream of changes the first wait counts, or there would be no answer
      }
    },
    destroy() {
      clearTimeout(timer);
      underWay?.controller.abort();
    },
  };
}
