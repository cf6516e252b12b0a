// @ts-check
/** Wiring: the state from the page and this browser, the store, effects and views. */
import { createAutosave, restored, setAside, wasSetAside } from './effects/autosave.js';
import { createDocumentEffect } from './effects/document.js';
import { createBackwardEffect, createEvaluateEffect, createExplainEffect, createReplayEffect } from './effects/following.js';
import { createForwardEffect } from './effects/forward.js';
import { createLink } from './effects/link.js';
import { createLoader } from './effects/loading.js';
import { createTrainingEffect } from './effects/training.js';
import { readScale } from './lib/colour.js';
import { find } from './lib/dom.js';
import { savedTheme } from './lib/theme.js';
import { initialState, reduce } from './state.js';
import { createStore } from './store.js';
import { createAnnouncer } from './views/announcer.js';
import { createCurves } from './views/curves.js';
import { createDiagnosis } from './views/diagnosis.js';
import { createExplain } from './views/explain.js';
import { createExamples } from './views/examples.js';
import { createNetwork } from './views/network.js';
import { createNotice } from './views/notice.js';
import { createSettings } from './views/settings.js';
import { createTheme } from './views/theme.js';
import { createTools } from './views/tools.js';
import { createTransport } from './views/transport.js';
import { createVisit } from './views/visit.js';

const given = JSON.parse(find(document, '[data-part=initial-state]').textContent ?? '');
const found = restored();
const store = createStore(reduce, { ...initialState(given), theme: savedTheme(), ...found });
const { dispatch, getState } = store;

let colours = readScale();
const context = { dispatch, getState, scale: () => colours };
const part = (/** @type {string} */ name) => find(document, `[data-part=${name}]`);

const requests = createForwardEffect(store);
const training = createTrainingEffect(store);
const loader = createLoader(store);
const page = createDocumentEffect();
const link = createLink(store, loader.experiment, found !== null);
const autosave = createAutosave(store);
const effects = [
  requests, training, createBackwardEffect(store), createExplainEffect(store), createReplayEffect(store),
  createEvaluateEffect(store, 'training'), createEvaluateEffect(store, 'test'), autosave,
  link,
];
const retryNow = () => {
  requests.retryNow();
  training.retryNow();
};
/** What follows the state, in the order in which it hears of it. @type {{update: (state: import('./lib/types.js').State) => void}[]} */
const followers = [];
/** How it comes to life: a task each, so that the page paints and answers in between. Settled it is only when all is drawn. */
const turns = [
  () => effects,
  () => [
    createTheme(part('theme'), context),
    createNotice(part('notice'), { dispatch, retryNow }),
    createVisit(part('visit'), { dispatch }),
    createDiagnosis(part('diagnosis'), part('advice'), context),
    createTransport(part('transport'), { dispatch, getState, loadExperiment: loader.experiment }),
    createSettings(part('settings'), context),
    createTools(part('input'), context),
    createAnnouncer(part('live')),
  ],
  () => [createNetwork(part('network'), context)],
  () => [createExplain(part('explain'), context)],
  () => [createCurves(part('curves'), context)],
  () => [createExamples(part('training-set'), 'training', { dispatch, getState, loadDataset: loader.dataset })],
  () => [createExamples(part('test-set'), 'test', { dispatch, getState, loadDataset: loader.dataset })],
  () => [page],
];

// what a button that does nothing now would do
document.addEventListener(
  'click',
  (event) => /** @type {Element} */ (event.target).closest('button[aria-disabled="true"]') && event.stopImmediatePropagation(),
  { capture: true },
);

let theme = getState().theme;
/** @param {import('./lib/types.js').State} state */
function update(state) {
  if (state.theme !== theme) {
    theme = state.theme;
    page.update(state); // first, so that the new tokens are read
    colours = readScale();
  }
  for (const follower of followers) follower.update(state);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = readScale();
  update(getState());
});
store.subscribe(update);
try {
  for (const turn of turns) {
    const coming = turn();
    for (const follower of coming) follower.update(getState());
    followers.push(...coming);
    await new Promise((resolve) => setTimeout(resolve));
  }
} catch (error) {
  if (!found) throw error;
  // it passed every check and cannot be drawn all the same: the page opens without it, and must not write it back
  autosave.destroy();
  setAside();
  location.reload();
}
if (wasSetAside()) {
  const detail = 'What this browser had kept could not be read, so the page starts fresh. The unreadable data is set aside under the name fivebyfive.damaged.';
  dispatch({ type: 'problem/tell', problem: { title: 'Not restored', detail, status: 0 } });
}
link.begin();
