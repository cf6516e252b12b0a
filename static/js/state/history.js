// @ts-check
/** Changes of the work, and the way back from them. */
import { filterCount } from '../lib/network.js';
import { curveOf, knownTrace, lastEpoch, withNewRun } from '../lib/work.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').Work} Work */

export const MAX_UNDO = 200;

/** @param {State} state @param {string} said @returns {State} */
export const say = (state, said) => ({ ...state, said: { text: said, serial: state.said.serial + 1 } });

/**
 * The drawing, the network or its parameters changed: everything shown waits for a new trace, unless it is known.
 * @param {State} state
 * @param {Work} work
 * @param {{undo?: boolean, label?: number}} [options] undo false: part of a change that can already be undone, or no change of
 *   the person's; label: what the drawing is meant to be from now on, part of the same step
 * @returns {State}
 */
export function changed(state, work, { undo = true, label = state.label } = {}) {
  if (work === state.work) return label === state.label ? state : { ...state, label };
  const revision = state.revision + 1;
  const trace = knownTrace(work, work.at);
  return {
    ...state,
    work,
    label,
    revision,
    problem: null,
    past: undo ? [...state.past, { ...difference(state.work, work), ...(label === state.label ? {} : { label: state.label }) }].slice(-MAX_UNDO) : state.past,
    future: undo ? [] : state.future,
    ...(trace ? { shown: { work, trace }, shownRevision: revision } : {}),
  };
}

/**
 * The parameters or the network changed by hand: training ends, and what was learned becomes the curve to compare with.
 * @param {State} state
 * @param {Work} work
 */
export function remodelled(state, work) {
  const next = changed(state, withNewRun(work));
  return { ...next, ...stopped(state), previous: lastEpoch(state.work) > 0 ? curveOf(state.work) : state.previous };
}

/** @param {State} state @returns {Pick<State, 'training'>} */
export const stopped = ({ training }) => ({ training: { ...training, status: 'idle', failure: null } });

/**
 * A run learns by one rule to its end: whatever changes the arithmetic ends it at the newest epoch, and Train goes on from there.
 * @param {State} state
 * @param {string} cause
 * @returns {State}
 */
export const stoppedFor = (state, cause) =>
  state.training.status === 'running' ? say({ ...state, ...stopped(state) }, `Stopped at epoch ${lastEpoch(state.work)}: ${cause}`) : state;

/**
 * What a step changed, as it was before: a step back takes only that back, so a drawing undone keeps what was learned since.
 * @param {Work} before
 * @param {Work} after
 * @returns {Partial<Work>}
 */
function difference(before, after) {
  const anew = before.run !== after.run; // where a run was is part of it: another may have gone further by the time of the way back
  const keys = /** @type {(keyof Work)[]} */ (Object.keys(before)).filter(
    (key) => before[key] !== after[key] || (anew && (key === 'at' || key === 'parameters')),
  );
  return Object.fromEntries(keys.map((key) => [key, before[key]]));
}

/**
 * @param {State} state
 * @param {'past'|'future'} from
 * @param {'past'|'future'} to
 * @param {string} said
 * @returns {State}
 */
export function travel(state, from, to, said) {
  const step = state[from].at(-1);
  if (!step) return state;
  const { label, ...before } = step;
  const work = { ...state.work, ...before };
  const moved = changed(state, work, { undo: false, label });
  return say(
    {
      ...moved,
      ...('parameters' in step ? stopped(state) : {}),
      focus: Math.min(state.focus, filterCount(work.network) - 1),
      [from]: state[from].slice(0, -1),
      [to]: [...state[to], { ...difference(state.work, work), ...(label === undefined ? {} : { label: state.label }) }],
    },
    said,
  );
}
