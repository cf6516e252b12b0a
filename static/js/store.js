// @ts-check
/** One state object, changed only by the reducer; listeners hear once per task, however many actions it held. */

/** @typedef {import('./lib/types.js').Action} Action */

/**
 * @template State
 * @param {(state: State, action: Action) => State} reduce
 * @param {State} initial
 */
export function createStore(reduce, initial) {
  let state = initial;
  let queued = false;
  /** @type {Set<(state: State) => void>} */
  const listeners = new Set();
  const tell = () => {
    queued = false;
    for (const listener of listeners) listener(state);
  };
  return {
    getState: () => state,
    /** @param {Action} action */
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      if (!queued) {
        queued = true;
        queueMicrotask(tell);
      }
    },
    /** @param {(state: State) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
