// @ts-check
/** Wiring: the state from the page, the store, effects and views. */
import { createDocumentEffect, createForwardEffect, savedTheme } from './effects.js';
import { readScale } from './lib/colour.js';
import { find } from './lib/dom.js';
import { initialState, reduce } from './state.js';
import { createStore } from './store.js';
import { createAnnouncer } from './views/announcer.js';
import { createNetwork } from './views/network.js';
import { createNotice } from './views/notice.js';
import { createSettings } from './views/settings.js';
import { createTheme } from './views/theme.js';
import { createTools } from './views/tools.js';

const given = JSON.parse(find(document, '[data-part=initial-state]').textContent ?? '');
const store = createStore(reduce, { ...initialState(given), theme: savedTheme() });
const { dispatch, getState } = store;

let colours = readScale();
const context = { dispatch, getState, scale: () => colours };
const part = (/** @type {string} */ name) => find(document, `[data-part=${name}]`);

const requests = createForwardEffect(store);
const page = createDocumentEffect();
const views = [
  createTheme(part('theme'), context),
  createNotice(part('notice'), { dispatch, retryNow: requests.retryNow }),
  createSettings(part('settings'), context),
  createTools(part('input'), context),
  createNetwork(part('network'), context),
  createAnnouncer(part('live')),
];

let theme = getState().theme;
/** @param {import('./lib/types.js').State} state */
function update(state) {
  requests.update(state);
  if (state.theme !== theme) {
    theme = state.theme;
    page.update(state); // first, so that the new tokens are read
    colours = readScale();
  }
  for (const view of views) view.update(state);
  page.update(state);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = readScale();
  update(getState());
});
store.subscribe(update);
update(getState());
