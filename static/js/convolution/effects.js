// @ts-check
/** What follows from the convolution page's state outside of it: requests, the word "settled", the theme. */
import { convolve, outputSize, Refused, responses, Unreachable } from '../api.js';
import { CONVENTIONS, isSettled, PARTS } from './state.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {{getState: () => State, dispatch: import('./types.js').Dispatch}} Store */

const FIRST_RETRY = 1000; // ms, doubled up to LAST_RETRY
const LAST_RETRY = 8000;

/** @type {Record<import('./types.js').PartName, (work: any, signal: AbortSignal) => Promise<any>>} */
const ASK = {
  line: ({ signal: input, kernel, padding, stride, dilation }, signal) =>
    Promise.all(CONVENTIONS.map((convention, c) => convolve({ input, kernel, convention, padding: padding[c], stride, dilation, explain: true }, signal))),
  plane: ({ image: input, ...rest }, signal) => convolve({ input, ...rest, explain: true }, signal),
  size: (work, signal) => outputSize(work, signal),
  own: (work, signal) => responses(work, signal),
};

/**
 * Keep every part's reply up with its work. Latest wins: a newer work ends the request for an older one.
 * @param {Store} store
 */
export function createReplies({ getState, dispatch }) {
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const loops = PARTS.map((part) => {
    /** @type {AbortController|null} */
    let underWay = null;
    let asked = 0;
    async function ask() {
      underWay?.abort();
      const { work, revision } = getState().parts[part];
      asked = revision;
      const request = (underWay = new AbortController());
      try {
        const reply = await ASK[part](work, request.signal);
        if (request !== underWay) return;
        failures = 0;
        dispatch({ type: 'part/replied', part, revision, work, reply });
      } catch (error) {
        if (request !== underWay) return;
        request.abort(); // the other requests of the same work
        if (error instanceof Refused) dispatch({ type: 'part/refused', part, revision, problem: error.problem });
        else if (error instanceof Unreachable) retryLater();
        else throw error;
      } finally {
        if (request === underWay) underWay = null;
      }
    }
    return {
      ask,
      /** Whether the newest work has neither a reply nor a refusal, and none is under way. */
      waits: () => {
        const { revision, shownRevision, problem } = getState().parts[part];
        return revision !== shownRevision && !problem && !underWay;
      },
      isNew: () => getState().parts[part].revision !== asked,
      abort: () => underWay?.abort(),
    };
  });

  function retryNow() {
    clearTimeout(timer);
    timer = undefined;
    for (const loop of loops) if (loop.waits()) loop.ask();
  }

  function retryLater() {
    if (timer) return; // one attempt for all parts
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures++);
    dispatch({ type: 'server/unreachable', retryAt: Date.now() + wait });
    timer = setTimeout(retryNow, wait);
  }

  window.addEventListener('online', retryNow);
  return {
    update() {
      for (const loop of loops) if (loop.isNew()) loop.ask();
    },
    retryNow,
    destroy() {
      clearTimeout(timer);
      for (const loop of loops) loop.abort();
      window.removeEventListener('online', retryNow);
    },
  };
}

/** @param {State} state */
export function showSettled(state) {
  const settled = String(isSettled(state));
  const { dataset } = document.documentElement;
  if (dataset.settled !== settled) dataset.settled = settled;
}
