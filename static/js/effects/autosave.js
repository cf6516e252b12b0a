// @ts-check
/** Everything a person made is kept in this browser and found again after a reload. */
import { isWhole } from '../lib/example-set.js';
import { isDrawable } from '../lib/saved-state.js';
import { curveOf, epochZero } from '../lib/work.js';
import { SAVED } from '../state/visit.js';
import { read, remove, write } from './storage.js';

/** @typedef {import('../lib/types.js').State} State */

const KEY = 'fivebyfive.playground';
const RUN_KEY = 'fivebyfive.run'; // by far the larger part: written only when there are other epochs
const DAMAGED_KEY = 'fivebyfive.damaged'; // what could not be drawn, as it was
const VERSION = 2;
const stamped = (/** @type {number} */ stamp) => `{"version":${VERSION},"stamp":${stamp},`; // how what was kept begins
const REST = 400; // ms without a change before it is written

/**
 * What was kept, ready to be merged into the state; null when there is nothing. What cannot be drawn is set aside.
 * @returns {Partial<State>|null}
 */
export function restored() {
  const texts = [read(KEY), read(RUN_KEY)];
  if (!texts[0] && !texts[1]) return null;
  try {
    const { version, stamp, at, kept } = JSON.parse(texts[0] ?? '');
    const { stamp: runStamp, run } = JSON.parse(texts[1] ?? '');
    if (version !== VERSION || stamp !== runStamp) throw new Error('not of one state');
    for (const record of run) Object.assign(record, { trace: null, traceImage: null });
    // by now the server may be another version's, with other examples under that name
    for (const set of Object.values(kept.sets)) if (isWhole(set)) set.reference = null;
    const work = { ...kept.work, run, at, parameters: run[at].parameters };
    const state = /** @type {State} */ (Object.fromEntries(SAVED.map((key) => [key, { ...kept, work }[key]])));
    if (!isDrawable(state)) throw new Error('not drawable');
    return { ...state, shownRevision: -1, explained: null };
  } catch {
    setAside();
    return null;
  }
}

/** Move what was kept out of the way, for whoever wants to look into it. */
export function setAside() {
  const texts = [read(KEY), read(RUN_KEY)];
  remove(KEY); // first: there may be no room for both
  remove(RUN_KEY);
  write(DAMAGED_KEY, JSON.stringify({ said: false, texts }));
}

/** Return true once after something was set aside. */
export function wasSetAside() {
  const text = read(DAMAGED_KEY);
  if (!text?.startsWith('{"said":false')) return false;
  write(DAMAGED_KEY, text.replace('false', 'true'));
  return true;
}

/** @param {{getState: () => State}} store */
export function createAutosave({ getState }) {
  /** @type {Partial<State>|null} */
  let saved = null;
  /** @type {import('../lib/types.js').EpochRecord[]|null} */
  let savedRun = null;
  let stamp = 0;
  /** Whether the browser's storage was too small for all epochs. */
  let thin = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;

  /** Everything that travels through time can be asked for again, but for the parameters; only the newest goes on learning. @param {State} state */
  function saveRun({ work }) {
    const last = work.run.length - 1;
    const run = work.run.map((r, at) => ({ ...r, trace: null, traceImage: null, optimizerState: at === last ? r.optimizerState : null }));
    stamp = Date.now();
    thin = !write(RUN_KEY, JSON.stringify({ stamp, run }));
    // too large for the storage: the network as it is shown begins a run of its own, beside the old curve
    if (thin) write(RUN_KEY, JSON.stringify({ stamp, run: [epochZero(work.parameters)] }));
  }

  function save() {
    clearTimeout(timer);
    timer = undefined;
    const state = getState();
    if (state.visit) return; // what a link shows does not replace what the person made
    if (saved && SAVED.every((key) => state[key] === saved?.[key])) return;
    saved = Object.fromEntries(SAVED.map((key) => [key, state[key]]));
    const { run, parameters, at, ...work } = state.work;
    // traces of another drawing make another array of the same epochs: those need not be written again
    const same = savedRun !== null && savedRun.length === run.length && savedRun.every((r, i) => r.parameters === run[i].parameters);
    // another tab of this browser may have written a run of its own: the two parts must be of one state
    if (!same || thin || !read(KEY)?.startsWith(stamped(stamp))) saveRun(state);
    savedRun = run;
    const kept = { ...saved, work, ...(thin ? { previous: curveOf(state.work) } : {}) };
    write(KEY, JSON.stringify({ version: VERSION, stamp, at: thin ? 0 : at, kept }));
  }

  window.addEventListener('pagehide', save);
  return {
    /** @param {State} state */
    update({ training }) {
      // a run is written when it ends: writing all its epochs again and again would cost frames
      if (training.status === 'running') {
        clearTimeout(timer);
        timer = undefined;
      } else timer ??= setTimeout(save, REST);
    },
    destroy() {
      clearTimeout(timer);
      window.removeEventListener('pagehide', save);
    },
  };
}
