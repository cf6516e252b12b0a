// @ts-check
/** What the page knows, and how each action changes it. Pure: no clock, no chance, no network, no document. */
import { filterCount, mapSizes } from './lib/network.js';
import { exists } from './lib/origin.js';
import { epochZero, knownTrace } from './lib/work.js';
import { drawing } from './state/drawing.js';
import { examples } from './state/examples.js';
import { filters } from './state/filters.js';
import { say, travel } from './state/history.js';
import { training } from './state/training.js';
import { visit } from './state/visit.js';

/** @typedef {import('./lib/types.js').State} State */
/** @typedef {import('./lib/types.js').Action} Action */

/**
 * The state that the page's application/json block describes.
 * @param {any} given
 * @returns {State}
 */
export function initialState(given) {
  const { image, network, parameters, presets } = given;
  const work = { image, network, parameters, presets, run: [epochZero(parameters, given.trace, image)], at: 0, shelf: {} };
  return {
    work,
    revision: 0,
    shown: { work, trace: given.trace },
    shownRevision: 0,
    past: [],
    future: [],
    label: given.label,
    experiment: given.experiment,
    sets: given.sets,
    plan: { speed: 'fast', ...given.plan },
    training: { status: 'idle', id: 0, until: given.plan.epochs, failure: null },
    previous: null,
    evaluations: { training: null, test: null },
    direction: 'forward',
    gradient: null,
    explained: { work, label: given.label, cells: [given.selected], explanations: given.explanations },
    player: { playing: false, speed: 1 },
    picked: null,
    focus: 0,
    hover: null,
    selected: given.selected,
    decimals: 2,
    theme: 'system',
    server: { status: 'ok', retryAt: 0 },
    problem: null,
    seed: given.seed,
    visit: null,
    said: { text: '', serial: 0 },
    catalogue: given.catalogue,
  };
}

/** @type {Record<string, (state: State, action: any) => State>} */
const page = {
  undo: (state) => travel(state, 'past', 'future', 'Undone'),
  redo: (state) => travel(state, 'future', 'past', 'Done again'),

  'forward/replied': (state, { revision, work, trace, parameters }) => {
    if (revision < state.shownRevision) return state;
    const whole = parameters ? withStarted(work, parameters) : work;
    // a layer that the server started anew belongs to the work from now on; it is no step to undo
    const current = revision === state.revision ? whole : state.work;
    const next = { ...state, work: current, shown: { work: whole, trace }, shownRevision: revision, problem: null };
    next.focus = Math.min(next.focus, filterCount(whole.network) - 1);
    if (!exists(next.selected, whole.network, { ...mapSizes(trace), input: [5, 5] })) next.selected = 'conv[0][0][0]';
    return reachable(next);
  },
  'forward/refused': (state, { revision, problem }) => (revision === state.revision ? reachable({ ...state, problem: { ...problem, ofWork: true } }) : state),
  'backward/replied': (state, { work, label, gradient }) => reachable({ ...state, gradient: { work, label, gradient } }),
  'problem/dismiss': (state) => ({ ...state, problem: null }),
  'problem/tell': (state, { problem }) => (problem.status ? reachable({ ...state, problem }) : { ...state, problem }),
  'server/unreachable': (state, { retryAt }) => ({ ...state, server: { status: 'unreachable', retryAt } }),
  'server/reachable': (state) => reachable(state),

  'cell/hover': (state, { cell }) => (cell === state.hover ? state : { ...state, hover: cell }),
  'cell/select': (state, { cell }) => {
    const { shown } = state;
    const there = !shown || exists(cell, shown.work.network, { ...mapSizes(shown.trace), input: [5, 5] });
    return cell === state.selected || !there ? state : { ...state, selected: cell };
  },
  'explain/replied': (state, { explained }) => reachable({ ...state, explained }),
  'player/play': (state, { playing }) => ({ ...state, player: { ...state.player, playing } }),
  'player/speed': (state, { speed }) => ({ ...state, player: { ...state.player, speed } }),
  'view/decimals': (state, { decimals }) => ({ ...state, decimals }),
  'view/direction': (state, { direction }) => (direction === state.direction ? state : { ...state, direction, hover: null }),
  'view/theme': (state, { theme }) => ({ ...state, theme }),
};

const handlers = { ...page, ...drawing, ...filters, ...training, ...examples, ...visit };

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  const handler = handlers[action.type];
  if (!handler) throw new Error(`unknown action '${action.type}'`);
  return handler(state, action);
}

/** Whether everything shown belongs to the present work. @param {State} state */
export const isSettled = (state) => state.shownRevision === state.revision && (state.direction === 'forward' || gradientIsCurrent(state));

/** Whether the gradient belongs to what is shown. @param {State} state */
export const gradientIsCurrent = ({ gradient, work, label }) =>
  gradient !== null && gradient.label === label && gradient.work.parameters === work.parameters && gradient.work.image === work.image && gradient.work.network === work.network;

/** Whether a trace must be asked for. @param {State} state */
export const needsTrace = (state) => state.shownRevision !== state.revision && knownTrace(state.work, state.work.at) === null;

/**
 * The work with the parameters that the server started, in its first epoch too.
 * @param {import('./lib/types.js').Work} work
 * @param {import('./lib/types.js').Parameters} parameters
 */
const withStarted = (work, parameters) => ({
  ...work,
  parameters,
  run: work.run.map((r, at) => (at === work.at ? { ...r, parameters } : r)),
});

/** @param {State} state @returns {State} */
const reachable = (state) =>
  state.server.status === 'ok' ? state : say({ ...state, server: { status: 'ok', retryAt: 0 } }, 'The server answers again');
