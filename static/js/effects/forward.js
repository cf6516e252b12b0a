// @ts-check
/**
 * Keep the trace up with the work. At most one request is under way. It may end before the next begins, so that on a slow line
 * a long stroke still shows how the numbers move; but one that takes too long gives way to the newest work.
 */
import { forward, Refused, Unreachable } from '../api.js';
import { needsTrace } from '../state.js';
import { createBackoff } from './backoff.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {{getState: () => State, dispatch: import('../lib/types.js').Dispatch}} Store */

const PATIENCE = 1200; // ms

/** @param {Store} store */
export function createForwardEffect({ getState, dispatch }) {
  /** @type {AbortController|null} */
  let underWay = null;
  let asked = -1; // the first revision whose trace is missing is asked for too
  let askedAt = 0;
  const backoff = createBackoff(dispatch);

  async function ask() {
    backoff.cancel();
    underWay?.abort();
    const { work, revision, seed } = getState();
    asked = revision;
    askedAt = performance.now();
    const request = (underWay = new AbortController());
    const { network, parameters, image } = work;
    try {
      // a seed only where layers must be started: with whole parameters nothing is drawn by chance
      const whole = 'dense' in parameters;
      const reply = await forward({ network, parameters, image, ...(whole ? {} : { seed }) }, request.signal);
      if (request !== underWay) return;
      underWay = null;
      backoff.succeeded();
      dispatch({ type: 'forward/replied', revision, work, trace: reply.traces[0], parameters: reply.parameters });
    } catch (error) {
      if (request !== underWay) return;
      underWay = null;
      if (error instanceof Refused) dispatch({ type: 'forward/refused', revision, problem: error.problem });
      else if (error instanceof Unreachable) backoff.later(ask, error.retryAfter);
      else throw error;
    }
  }

  const onOnline = () => getState().server.status === 'unreachable' && ask();
  window.addEventListener('online', onOnline);

  return {
    /** @param {State} state */
    update(state) {
      if (!needsTrace(state)) {
        // what is shown is known already: an older question is of no use
        if (underWay && state.revision !== asked) underWay.abort();
        asked = state.revision;
      } else if (state.revision !== asked && (underWay === null || performance.now() - askedAt > PATIENCE)) {
        ask();
      }
    },
    retryNow: ask,
    destroy() {
      backoff.cancel();
      underWay?.abort();
      window.removeEventListener('online', onOnline);
    },
  };
}
