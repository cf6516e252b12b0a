// @ts-check
/** Everything a person made is kept in this browser and found again after a reload. */
import { read, remove, write } from './storage.js';

/** @typedef {import('../lib/types.js').State} State */

const KEY = 'fivebyfive.playground';
const VERSION = 1;
const REST = 400; // ms without a change before it is written
const KEPT = /** @type {const} */ (['work', 'label', 'experiment', 'sets', 'plan', 'previous', 'focus', 'selected', 'decimals', 'seed', 'direction']);

/**
 * What was kept, ready to be merged into the state; null when there is nothing, or nothing that this version can read.
 * @returns {Partial<State>|null}
 */
export function restored() {
  const text = read(KEY);
  if (!text) return null;
  try {
    const { version, kept } = JSON.parse(text);
    if (version !== VERSION || !kept.work?.run?.length || !kept.work.network) return null;
    const { work } = kept;
    work.parameters = work.run[work.at].parameters;
    for (const record of work.run) record.traceImage = record.trace ? work.image : null;
    const trace = work.run[work.at].trace;
    return { ...kept, ...(trace ? { shown: { work, trace } } : { shownRevision: -1 }) };
  } catch {
    return null;
  }
}

/** Drop what was kept. */
export const forget = () => remove(KEY);

/** @param {{getState: () => State}} store */
export function createAutosave({ getState }) {
  /** @type {Partial<State>|null} */
  let saved = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;

  function save() {
    clearTimeout(timer);
    timer = undefined;
    const state = getState();
    if (saved && KEPT.every((key) => state[key] === saved?.[key])) return;
    saved = Object.fromEntries(KEPT.map((key) => [key, state[key]]));
    const { work } = state;
    // the trace of every epoch can be asked for again; the present one is kept so that the first view needs no request
    const run = work.run.map((r, at) => ({ ...r, trace: at === work.at && r.traceImage === work.image ? r.trace : null, traceImage: null }));
    const kept = { ...saved, work: { ...work, parameters: null, run } };
    if (write(KEY, JSON.stringify({ version: VERSION, kept }))) return;
    // too large for the storage: only the epoch that is shown, and the curve
    const thin = [{ ...run[work.at], epoch: 0 }];
    write(KEY, JSON.stringify({ version: VERSION, kept: { ...kept, work: { ...kept.work, run: thin, at: 0 } } }));
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
