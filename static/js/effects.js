// @ts-check
/** What follows from the state outside of it: requests, the theme, the word "settled". */
import { forward, Refused, Unreachable } from './api.js';
import { isSettled } from './state.js';

/** @typedef {import('./lib/types.js').State} State */
/** @typedef {{getState: () => State, dispatch: import('./lib/types.js').Dispatch}} Store */

const FIRST_RETRY = 1000; // ms, doubled up to LAST_RETRY
const LAST_RETRY = 8000;

/**
 * Keep the trace up with the work. Latest wins: a newer work ends the request for an older one, so at most one is under way.
 * @param {Store} store
 */
export function createForwardEffect({ getState, dispatch }) {
  /** @type {AbortController|null} */
  let underWay = null;
  let asked = 0;
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;

  async function ask() {
    clearTimeout(timer);
    underWay?.abort();
    const { work, revision, seed } = getState();
    asked = revision;
    const request = (underWay = new AbortController());
    const { network, parameters, image } = work;
    try {
      // a seed only where layers must be started: with whole parameters nothing is drawn by chance
      const whole = 'dense' in parameters;
      const reply = await forward({ network, parameters, image, ...(whole ? {} : { seed }) }, request.signal);
      if (request !== underWay) return;
      failures = 0;
      dispatch({ type: 'forward/replied', revision, work, trace: reply.traces[0], parameters: reply.parameters });
    } catch (error) {
      if (request !== underWay) return;
      if (error instanceof Refused) dispatch({ type: 'forward/refused', revision, problem: error.problem });
      else if (error instanceof Unreachable) retryLater();
      else throw error;
    } finally {
      if (request === underWay) underWay = null;
    }
  }

  function retryLater() {
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures++);
    dispatch({ type: 'server/unreachable', retryAt: Date.now() + wait });
    timer = setTimeout(ask, wait);
  }

  const onOnline = () => getState().server.status === 'unreachable' && ask();
  window.addEventListener('online', onOnline);

  return {
    /** @param {State} state */
    update(state) {
      if (state.revision !== asked) ask();
    },
    retryNow: ask,
    destroy() {
      clearTimeout(timer);
      underWay?.abort();
      window.removeEventListener('online', onOnline);
    },
  };
}

const THEME_KEY = 'fivebyfive.theme';

/** The theme chosen here last time, or the system's. @returns {'system'|'light'|'dark'} */
export function savedTheme() {
  const saved = read(THEME_KEY);
  return saved === 'light' || saved === 'dark' ? saved : 'system';
}

/** Storage may be forbidden (private windows, embedding): then nothing is kept. @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** The document's own flags: theme and settled. */
export function createDocumentEffect() {
  const root = document.documentElement;
  let theme = savedTheme();
  return {
    /** @param {State} state */
    update(state) {
      const settled = String(isSettled(state));
      if (root.dataset.settled !== settled) root.dataset.settled = settled;
      if (state.theme === theme) return;
      theme = state.theme;
      if (theme === 'system') delete root.dataset.theme;
      else root.dataset.theme = theme;
      try {
        localStorage.setItem(THEME_KEY, theme);
      } catch {
        // the choice lives as long as the page
      }
    },
    destroy() {},
  };
}
