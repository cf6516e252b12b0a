// @ts-check
/** Actions on a visit: a link shows another experiment, and what the person made waits until they come back. */
import { changed, say, stopped } from './history.js';

/** @typedef {import('../lib/types.js').State} State */

/** What belongs to a person: saved in this browser, and set aside during a visit. */
export const SAVED = /** @type {const} */ (['work', 'label', 'experiment', 'sets', 'plan', 'previous', 'focus', 'selected', 'decimals', 'seed', 'direction']);

/** @param {State} state @returns {import('../lib/types.js').Own} */
export const ownWork = (state) => {
  const { past, future } = state;
  return /** @type {any} */ ({ ...Object.fromEntries(SAVED.map((key) => [key, state[key]])), past, future });
};

/** @type {Record<string, (state: State, action: any) => State>} */
export const visit = {
  'visit/end': (state) => {
    if (!state.visit) return state;
    const moved = changed(state, state.visit.work, { undo: false });
    const unknown = { evaluations: { training: null, test: null }, gradient: null, picked: null, visit: null };
    return say({ ...moved, ...stopped(state), ...state.visit, ...unknown }, 'Back to your own work');
  },
  'visit/keep': (state) => (state.visit ? say({ ...state, visit: null }, 'This is your work now') : state),
};
