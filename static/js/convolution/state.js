// @ts-check
/** What the convolution page knows, and how each action changes it. Pure: no clock, no chance, no network, no document. */
import { invert, isBlank, paint } from '../lib/image.js';
import { resized } from './sizes.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').PartName} PartName */
/** @typedef {import('./types.js').PlayerName} PlayerName */
/** @typedef {import('../lib/types.js').Action} Action */

/** @type {import('./types.js').Convention[]} */
export const CONVENTIONS = ['f(i+j)g(j)', 'f(i-j)g(j)', 'f(j)g(i-j)', 'f(j)g(i+j)'];
/** @type {PartName[]} */
export const PARTS = ['line', 'plane', 'size', 'own'];
export const OWN = 'own';
export const MAX_LAYERS = 8;

/**
 * The state that the page's application/json block describes.
 * @param {any} given
 * @returns {State}
 */
export function initialState(given) {
  const part = (/** @type {PartName} */ name) => ({ ...given[name], shown: given[name], revision: 0, shownRevision: 0, problem: null });
  const player = { step: 0, playing: false, speed: 1, filling: false };
  return {
    parts: { line: part('line'), plane: part('plane'), size: part('size'), own: part('own') },
    players: { line: player, plane: player },
    layer: 0,
    chosen: given.chosen,
    theme: 'system',
    server: { status: 'ok', retryAt: 0 },
    said: '',
    catalogue: given.catalogue,
  };
}

/** How many positions a player has. @param {State} state @param {PlayerName} name */
export function positions({ parts }, name) {
  if (name === 'line') return Math.max(...parts.line.shown.reply.map((reply) => reply.output.length));
  return parts.plane.shown.reply.output_size.reduce((product, size) => product * size, 1);
}

/**
 * A part's work changed: what is shown of it waits for a new reply.
 * @param {State} state
 * @param {PartName} name
 * @param {object} change
 * @returns {State}
 */
function changed(state, name, change) {
  const part = state.parts[name];
  const next = { ...part, work: { ...part.work, ...change }, revision: part.revision + 1, problem: null };
  return { ...state, parts: { ...state.parts, [name]: next } };
}

/** @param {State} state @param {PlayerName} name @param {Partial<import('./types.js').Player>} change @returns {State} */
const withPlayer = (state, name, change) => ({ ...state, players: { ...state.players, [name]: { ...state.players[name], ...change } } });

/** @param {State} state @param {import('../lib/types.js').Matrix} image */
const withOwn = (state, image) => (image === state.parts.own.work.image ? state : changed(state, 'own', { image }));

/** @type {Record<string, (state: State, action: any) => State>} */
const handlers = {
  'part/change': (state, { part, change }) => changed(state, part, change),
  'part/replied'(state, { part: name, revision, work, reply }) {
    const part = state.parts[/** @type {PartName} */ (name)];
    if (revision < part.shownRevision) return state;
    const next = { ...part, shown: { work, reply }, shownRevision: revision, problem: revision === part.revision ? null : part.problem };
    return reachable(clamped({ ...state, parts: { ...state.parts, [name]: next } }));
  },
  'part/refused'(state, { part: name, revision, problem }) {
    const part = state.parts[/** @type {PartName} */ (name)];
    if (revision !== part.revision) return state;
    return reachable({ ...state, parts: { ...state.parts, [name]: { ...part, problem } } });
  },

  'line/padding': (state, { convention, sides }) =>
    changed(state, 'line', { padding: state.parts.line.work.padding.map((old, c) => (c === convention ? sides : old)) }),
  'line/signal': (state, { at, value }) => changed(state, 'line', { signal: replaced(state.parts.line.work.signal, at, value) }),
  'line/kernel': (state, { at, value }) => changed(state, 'line', { kernel: replaced(state.parts.line.work.kernel, at, value) }),

  'plane/number': (state, { of, row, col, value }) => {
    const { [/** @type {'image'|'kernel'} */ (of)]: matrix } = state.parts.plane.work;
    return matrix[row][col] === value ? state : changed(state, 'plane', { [of]: paint(matrix, [[row, col]], value) });
  },
  'plane/resize': (state, { of, rows, cols }) => {
    const { [/** @type {'image'|'kernel'} */ (of)]: matrix } = state.parts.plane.work;
    return changed(state, 'plane', { [of]: resized(matrix, rows, cols) });
  },

  'size/layer': (state, { layer, change }) =>
    select(changed(state, 'size', { layers: replaced(state.parts.size.work.layers, layer, { ...state.parts.size.work.layers[layer], ...change }) }), layer),
  'size/add': (state) => {
    const { layers } = state.parts.size.work;
    if (layers.length >= MAX_LAYERS) return state;
    const layer = { kernel_size: 2, stride: 1, padding: [0, 0], dilation: 1, ceil_mode: false };
    return say(select(changed(state, 'size', { layers: [...layers, layer] }), layers.length), `Layer ${layers.length + 1} added`);
  },
  'size/remove': (state, { layer }) => {
    const { layers } = state.parts.size.work;
    if (layers.length <= 1) return state;
    const rest = layers.filter((_, at) => at !== layer);
    return say(select(changed(state, 'size', { layers: rest }), Math.min(state.layer, rest.length - 1)), `Layer ${layer + 1} removed`);
  },
  'size/select': (state, { layer }) => select(state, layer),

  'player/step': (state, { player, step, byHand, said }) => {
    const inside = Math.min(positions(state, player) - 1, Math.max(0, step));
    const old = state.players[/** @type {PlayerName} */ (player)];
    const filling = byHand && !old.playing ? false : old.filling;
    const next = inside === old.step && filling === old.filling ? state : withPlayer(state, player, { step: inside, filling });
    return said && said !== next.said ? say(next, said) : next;
  },
  'player/play': (state, { player, playing }) => {
    const { step } = state.players[/** @type {PlayerName} */ (player)];
    return withPlayer(state, player, { playing, filling: playing || step < positions(state, player) - 1 });
  },
  'player/speed': (state, { player, speed }) => withPlayer(state, player, { speed }),

  'image/stroke': (state, { cell, value }) => withOwn(state, paint(state.parts.own.work.image, [cell], value)),
  'image/paint': (state, { cells, value }) => withOwn(state, paint(state.parts.own.work.image, cells, value)),
  'image/clear': (state) => (isBlank(state.parts.own.work.image) ? state : withOwn(state, state.parts.own.work.image.map((row) => row.map(() => 0)))),
  'image/invert': (state) => withOwn(state, invert(state.parts.own.work.image)),
  'image/load': (state, { image, name }) => say(withOwn(state, image), `${name} loaded`),
  'gallery/choose': (state, { kernel, picture }) => ({ ...state, chosen: { kernel, picture } }),
  'gallery/open': (state, { image, kernel, name }) => {
    const next = changed(state, 'plane', {
      image, kernel, padding: [[0, 0], [0, 0]], stride: [1, 1], dilation: [1, 1], convention: CONVENTIONS[0],
    });
    return say(withPlayer(next, 'plane', { step: 0, playing: false, filling: false }), `${name} is in the section Two dimensions`);
  },

  'server/unreachable': (state, { retryAt }) => ({ ...state, server: { status: 'unreachable', retryAt } }),
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

/** Whether everything shown belongs to the present work of every part. @param {State} state */
export const isSettled = (state) => PARTS.every((name) => state.parts[name].shownRevision === state.parts[name].revision);

/** @template T @param {T[]} list @param {number} at @param {T} value */
const replaced = (list, at, value) => list.map((old, k) => (k === at ? value : old));

/** @param {State} state @param {number} layer @returns {State} */
const select = (state, layer) => (layer === state.layer ? state : { ...state, layer });

/** Positions that a new reply no longer has. @param {State} state */
function clamped(state) {
  let next = state;
  for (const name of /** @type {PlayerName[]} */ (['line', 'plane'])) {
    const last = positions(state, name) - 1;
    if (state.players[name].step > last) next = withPlayer(next, name, { step: last });
  }
  return next;
}

/** @param {State} state @param {string} said */
const say = (state, said) => ({ ...state, said });

/** @param {State} state */
const reachable = (state) => (state.server.status === 'ok' ? state : say({ ...state, server: { status: 'ok', retryAt: 0 } }, 'The server answers again'));
