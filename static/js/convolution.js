// @ts-check
/** The convolution page: wires its state, requests and views. */
import { createGallery } from './convolution/gallery.js';
import { createLine } from './convolution/line.js';
import { createNotice } from './convolution/notice.js';
import { createPlane } from './convolution/plane.js';
import { createReplies, showSettled } from './convolution/effects.js';
import { createSize } from './convolution/size.js';
import { initialState, reduce } from './convolution/state.js';
import { applyTheme, savedTheme } from './lib/theme.js';
import { readScale } from './lib/colour.js';
import { find, setText } from './lib/dom.js';
import { createStore } from './store.js';
import { createTheme } from './views/theme.js';

/** @typedef {import('./convolution/types.js').State} State */

const part = (/** @type {string} */ name) => find(document, `[data-part=${name}]`);
const section = (/** @type {string} */ name) => find(document, `[data-section=${name}]`);
const given = JSON.parse(part('initial-state').textContent ?? '');
const store = createStore(reduce, /** @type {State} */ ({ ...initialState(given), theme: savedTheme() }));
const { dispatch, getState } = store;

let colours = readScale();
const context = { dispatch, getState, scale: () => colours };
const replies = createReplies(store);
const live = part('live');
const themeButton = createTheme(part('theme'), context);
const views = [
  watching(createNotice(part('notice'), replies), (state) => [state.server]),
  watching(createLine(section('line'), context), (state) => [state.parts.line, state.players.line]),
  watching(createPlane(section('plane'), context), (state) => [state.parts.plane, state.players.plane]),
  watching(createSize(section('size'), context), (state) => [state.parts.size, state.layer]),
  watching(createGallery(section('gallery'), context), (state) => [state.parts.own, state.chosen]),
];

/**
 * A view that is only asked when something that it draws has changed: a playing window shall not redraw the gallery.
 * @param {import('./convolution/types.js').View} view
 * @param {(state: State) => unknown[]} reads
 */
function watching(view, reads) {
  /** @type {unknown[]} */
  let drawn = [];
  return (/** @type {State} */ state) => {
    const now = [colours, ...reads(state)];
    if (now.every((value, at) => value === drawn[at])) return;
    drawn = now;
    view.update(state);
  };
}

let { theme } = getState();
/** @param {State} state */
function update(state) {
  replies.update();
  if (state.theme !== theme) {
    theme = state.theme;
    applyTheme(theme); // first, so that the new tokens are read
    colours = readScale();
  }
  themeButton.update(/** @type {any} */ (state)); // it reads nothing but the theme
  for (const show of views) show(state);
  setText(live, state.said);
  showSettled(state);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = readScale();
  update(getState());
});
store.subscribe(update);
update(getState());
