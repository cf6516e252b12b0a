// @ts-check
/** Actions on the drawing. */
import { blank, invert, isBlank, paint, shift } from '../lib/image.js';
import { changed, say } from './history.js';

/** @typedef {import('../lib/types.js').State} State */

/**
 * @param {State} state
 * @param {import('../lib/types.js').Matrix} image
 * @param {{undo?: boolean, label?: number}} [options]
 */
const withImage = (state, image, options) => changed(state, image === state.work.image ? state.work : { ...state.work, image }, options);

/** @type {Record<string, (state: State, action: any) => State>} */
export const drawing = {
  'image/stroke': (state, { cell, value }) => withImage(state, paint(state.work.image, [cell], value)),
  'image/paint': (state, { cells, value }) => withImage(state, paint(state.work.image, cells, value), { undo: false }),
  'image/load': (state, { image, name, label }) => say(withImage(state, image, { label }), `${name} loaded`),
  'image/clear': (state) => (isBlank(state.work.image) ? state : say(withImage(state, blank(state.work.image.length)), 'Drawing cleared')),
  'image/invert': (state) => say(withImage(state, invert(state.work.image)), 'Drawing inverted'),
  'image/shift': (state, { down, right, name }) => say(withImage(state, shift(state.work.image, down, right)), `Drawing moved ${name}`),
  'image/label': (state, { label }) => (label === state.label ? state : { ...state, label }),
};
