// @ts-check
/** The convolution page: wires its state, requests and views. */
import { createGallery } from './convolution/gallery.js';
import { createLine } from './convolution/line.js';
import { createNotice } from './convolution/notice.js';
import { createPlane } from './convolution/plane.js';
import { createReplies, showSettled } from './convolution/effects.js';
import { createSize } from './convolution/size.js';
import { initialState, reduce } from './convolution/state.js';
import { applyTheme, savedTheme } from './convolution/theme.js';
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
  createNotice(part('notice'), replies),
  createLine(section('line'), context),
  createPlane(section('plane'), context),
  createSize(section('size'), context),
  createGallery(section('gallery'), context),
];

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
  for (const view of views) view.update(state);
  setText(live, state.said);
  showSettled(state);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = readScale();
  update(getState());
});
store.subscribe(update);
update(getState());
