// @ts-check
/** What the page knows, and how each action changes it. Pure: no clock, no chance, no network, no document. */
import { isBlank, blank, invert, paint, shift } from './lib/image.js';
import { addFilter, filterCount, kernelSize, mapSizes, removeFilter, withBias, withKernel, withSettings } from './lib/network.js';
import { exists } from './lib/origin.js';
import { filterLetter } from './lib/format.js';

/** @typedef {import('./lib/types.js').State} State */
/** @typedef {import('./lib/types.js').Action} Action */
/** @typedef {import('./lib/types.js').Work} Work */

export const MAX_UNDO = 200;

/**
 * The state that the page's application/json block describes.
 * @param {any} given
 * @returns {State}
 */
export function initialState(given) {
  const work = { image: given.image, network: given.network, parameters: given.parameters, presets: given.presets };
  return {
    work,
    revision: 0,
    shown: { work, trace: given.trace },
    shownRevision: 0,
    past: [],
    future: [],
    focus: 0,
    hover: null,
    selected: given.selected,
    decimals: 2,
    theme: 'system',
    server: { status: 'ok', retryAt: 0 },
    problem: null,
    seed: given.seed,
    said: '',
    catalogue: given.catalogue,
  };
}

/**
 * The network, its parameters or the drawing changed: everything shown waits for a new trace.
 * @param {State} state
 * @param {Work} work
 * @param {{undo?: boolean}} [options] undo false: part of a change that can already be undone
 * @returns {State}
 */
function changed(state, work, { undo = true } = {}) {
  if (work === state.work) return state;
  return {
    ...state,
    work,
    revision: state.revision + 1,
    problem: null,
    past: undo ? [...state.past, state.work].slice(-MAX_UNDO) : state.past,
    future: undo ? [] : state.future,
  };
}

/**
 * @param {State} state
 * @param {import('./lib/types.js').Matrix} image
 * @param {{undo?: boolean}} [options]
 */
const withImage = (state, image, options) => (image === state.work.image ? state : changed(state, { ...state.work, image }, options));

/** @type {Record<string, (state: State, action: any) => State>} */
const handlers = {
  'image/stroke': (state, { cell, value }) => withImage(state, paint(state.work.image, [cell], value)),
  'image/paint': (state, { cells, value }) => withImage(state, paint(state.work.image, cells, value), { undo: false }),
  'image/load': (state, { image, name }) => say(withImage(state, image), `${name} loaded`),
  'image/clear': (state) => (isBlank(state.work.image) ? state : say(withImage(state, blank(state.work.image.length)), 'Drawing cleared')),
  'image/invert': (state) => say(withImage(state, invert(state.work.image)), 'Drawing inverted'),
  'image/shift': (state, { down, right, name }) => say(withImage(state, shift(state.work.image, down, right)), `Drawing moved ${name}`),

  'filter/preset': (state, { filter, id }) => {
    const kernel = state.catalogue.kernels.find((k) => k.id === id);
    if (!kernel) return state;
    return say(changed(state, withKernel(state.work, filter, kernel.matrix, id)), `Filter ${filterLetter(filter)} is now ${kernel.name}`);
  },
  'filter/kernel': (state, { filter, matrix, name }) =>
    say(changed(state, withKernel(state.work, filter, matrix, null)), `Filter ${filterLetter(filter)} ${name}`),
  'filter/weight': (state, { filter, row, col, value }) => {
    const matrix = state.work.parameters.conv.weight[filter][0];
    if (matrix[row][col] === value) return state;
    return changed(state, withKernel(state.work, filter, paint(matrix, [[row, col]], value), null));
  },
  'filter/bias': (state, { filter, value }) =>
    state.work.parameters.conv.bias[filter] === value ? state : changed(state, withBias(state.work, filter, value)),
  'filter/add': (state) => {
    const count = filterCount(state.work.network);
    if (count >= state.catalogue.limits.filters || !state.shown) return state;
    const next = changed(state, addFilter(state.work, nextKernel(state), mapSizes(state.shown.trace).perFilter));
    return say({ ...next, focus: count }, `Filter ${filterLetter(count)} added`);
  },
  'filter/remove': (state, { filter }) => {
    const count = filterCount(state.work.network);
    if (count <= 1 || !state.shown) return state;
    const next = changed(state, removeFilter(state.work, filter, mapSizes(state.shown.trace).perFilter));
    return say({ ...next, focus: Math.min(state.focus, count - 2) }, `Filter ${filterLetter(filter)} removed`);
  },
  'filter/focus': (state, { filter }) => (filter === state.focus ? state : { ...state, focus: filter }),
  'network/settings': (state, { settings }) => changed(state, withSettings(state.work, settings)),

  undo: (state) => travel(state, 'past', 'future', 'Undone'),
  redo: (state) => travel(state, 'future', 'past', 'Done again'),

  'forward/replied': (state, { revision, work, trace, parameters }) => {
    if (revision < state.shownRevision) return state;
    const whole = parameters ? { ...work, parameters } : work;
    // a layer that the server started anew belongs to the work from now on; it is no step to undo
    const current = revision === state.revision ? whole : state.work;
    const next = { ...state, work: current, shown: { work: whole, trace }, shownRevision: revision, problem: null };
    next.focus = Math.min(next.focus, filterCount(whole.network) - 1);
    if (!exists(next.selected, whole.network, { ...mapSizes(trace), input: [5, 5] })) next.selected = 'conv[0][0][0]';
    return reachable(next);
  },
  'forward/refused': (state, { revision, problem }) =>
    revision === state.revision ? reachable({ ...state, problem }) : state,
  'problem/dismiss': (state) => ({ ...state, problem: null }),
  'server/unreachable': (state, { retryAt }) => ({ ...state, server: { status: 'unreachable', retryAt } }),

  'cell/hover': (state, { cell }) => (cell === state.hover ? state : { ...state, hover: cell }),
  'cell/select': (state, { cell }) => (cell === state.selected ? state : { ...state, selected: cell }),
  'view/decimals': (state, { decimals }) => ({ ...state, decimals }),
  'view/theme': (state, { theme }) => ({ ...state, theme }),
};

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
export const isSettled = (state) => state.shownRevision === state.revision;

/** @param {State} state @param {string} said */
const say = (state, said) => ({ ...state, said });

/** @param {State} state */
const reachable = (state) =>
  state.server.status === 'ok' ? state : say({ ...state, server: { status: 'ok', retryAt: 0 } }, 'The server answers again');

/**
 * @param {State} state
 * @param {'past'|'future'} from
 * @param {'past'|'future'} to
 * @param {string} said
 */
function travel(state, from, to, said) {
  const work = state[from].at(-1);
  if (!work) return state;
  const moved = changed(state, work, { undo: false });
  const focus = Math.min(state.focus, filterCount(work.network) - 1);
  return say({ ...moved, focus, [from]: state[from].slice(0, -1), [to]: [...state[to], state.work] }, said);
}

/**
 * The first preset of the fitting size that no filter has yet.
 * @param {State} state
 */
function nextKernel(state) {
  const [rows, cols] = kernelSize(state.work.network);
  const fitting = state.catalogue.kernels.filter((k) => k.matrix.length === rows && k.matrix[0].length === cols && k.id !== 'identity');
  const fresh = fitting.find((k) => !state.work.presets.includes(k.id)) ?? fitting[0];
  if (fresh) return { matrix: fresh.matrix, preset: fresh.id };
  return { matrix: Array.from({ length: rows }, () => Array(cols).fill(0)), preset: null };
}
