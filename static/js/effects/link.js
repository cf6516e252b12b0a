// @ts-check
/** The address bar carries what is looked at: the selected number, the direction, the drawing and its label, the experiment. */
import { sameImage } from '../lib/image.js';
import { mapSizes } from '../lib/network.js';
import { exists } from '../lib/origin.js';
import { read, write } from './storage.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').Matrix} Matrix */
/**
 * @typedef {object} Asked
 * @property {import('../lib/types.js').Action[]} actions
 * @property {string|null} experiment   to load before the actions
 * @property {string|null} cell   the number to select once the network that should have it is shown
 * @property {string[]} unknown   what the link names and the page does not have
 */

const REST = 300; // ms: browsers refuse an address that changes too often
const LEVELS = 9; // grey levels that a digit of the address tells apart
const ADDRESS = /^[a-z.]+(\[\d{1,6}\])+$/;
const KEY = 'fivebyfive.link'; // an address, and the newer one that it had no time to become

/** @param {Pick<State, 'selected'|'direction'|'work'|'label'|'experiment'>} state */
export function fragment({ selected, direction, work, label, experiment }) {
  return `#cell=${selected}${direction === 'backward' ? '&backward' : ''}&drawing=${written(work.image)}&label=${label}&experiment=${experiment}`;
}

/** A digit a pixel where that says all of it; other grey as it is, for a link shows the same numbers. @param {Matrix} image */
function written(image) {
  const values = image.flat();
  const levels = values.map((v) => Math.round(v * LEVELS));
  return values.every((v, i) => v === levels[i] / LEVELS) ? levels.join('') : values.join(',');
}

/** @param {string} text @param {number} size @returns {Matrix|null} */
function drawn(text, size) {
  const values = text.includes(',') ? text.split(',').map((v) => Number(v || NaN)) : Array.from(text, (digit) => Number(digit) / LEVELS);
  if (values.length !== size * size || !values.every((v) => v >= 0 && v <= 1)) return null;
  return Array.from({ length: size }, (_, r) => values.slice(r * size, (r + 1) * size));
}

/**
 * What a link asks for.
 * @param {string} hash
 * @param {State} state
 * @returns {Asked}
 */
export function linked(hash, state) {
  // what this page wrote itself says nothing new, and less than what was kept
  if (['', fragment(state)].includes(readable(hash))) return { actions: [], experiment: null, cell: null, unknown: [] };
  if (state.visit && readable(hash) === fragment(state.visit)) return { actions: [{ type: 'visit/end' }], experiment: null, cell: null, unknown: [] };
  const given = new URLSearchParams(hash.slice(1));
  /** @type {import('../lib/types.js').Action[]} */
  const actions = [];
  /** @type {string[]} */
  const unknown = [];
  const asked = given.get('label');
  if (asked !== null && !/^[0-9]$/.test(asked)) unknown.push(`the label ${quoted(asked)}`);
  const label = /^[0-9]$/.test(asked ?? '') ? Number(asked) : state.label;
  const drawing = given.get('drawing');
  const image = drawn(drawing ?? '', state.work.image.length);
  if (drawing !== null && !image) unknown.push(`the drawing ${quoted(drawing)}`);
  if (image && !sameImage(image, state.work.image)) actions.push({ type: 'image/load', image, name: 'The linked drawing', label });
  else if (label !== state.label) actions.push({ type: 'image/label', label });
  const named = given.get('cell')?.replace(/^gradient\./, '') ?? null;
  const cell = named !== null && ADDRESS.test(named) ? named : null;
  if (cell !== null) {
    const backward = given.has('backward') || cell !== given.get('cell');
    actions.push({ type: 'view/direction', direction: backward ? 'backward' : 'forward' });
  } else if (named !== null) unknown.push(`the number ${quoted(named)}`);
  const experiment = given.get('experiment');
  const known = state.catalogue.experiments.some(({ id }) => id === experiment);
  if (experiment !== null && !known) unknown.push(`the experiment ${quoted(experiment)}`);
  return { actions, experiment: known && experiment !== state.experiment ? experiment : null, cell, unknown };
}

/** @param {string} text */
const quoted = (text) => `“${text.length > 40 ? `${text.slice(0, 39)}…` : text}”`;

/** A hash without what browsers encode; one that nobody can read is as good as none. @param {string} hash */
function readable(hash) {
  try {
    return decodeURI(hash);
  } catch {
    return '';
  }
}

const wasReloaded = () => performance.getEntriesByType('navigation').some((entry) => /** @type {PerformanceNavigationTiming} */ (entry).type === 'reload');

/**
 * @param {{getState: () => State, dispatch: import('../lib/types.js').Dispatch}} store
 * @param {(id: string, options: {visit: boolean}) => Promise<void>} loadExperiment
 * @param {boolean} ownFound   whether this browser had kept something: then a link is a visit from the beginning
 */
export function createLink({ getState, dispatch }, loadExperiment, ownFound) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let known = fragment(getState());
  // a browser reloads the address that it had before `pagehide`
  if (wasReloaded() && read(KEY) === `${location.hash} ${known}`) history.replaceState(null, '', known);

  /** @param {Asked} asked @param {boolean} visit */
  async function follow({ actions, experiment, cell, unknown }, visit) {
    if (experiment) await loadExperiment(experiment, { visit });
    actions.forEach(dispatch);
    pending = { cell, unknown };
    report(getState());
  }

  /** @type {Pick<Asked, 'cell'|'unknown'>|null} */
  let pending = null;
  /**
   * Select the number that the link names and report what the page does not have, once the link's network is shown:
   * the number may be one that only its experiment has.
   * @param {State} state
   */
  function report(state) {
    if (!pending || !state.shown || state.shownRevision !== state.revision) return;
    const { cell, unknown } = pending;
    pending = null;
    const { work, trace } = state.shown;
    if (cell !== null && exists(cell, work.network, { ...mapSizes(trace), input: [5, 5] })) dispatch({ type: 'cell/select', cell });
    else if (cell !== null) unknown.push(`the number ${quoted(cell)}`);
    if (!unknown.length) return;
    const detail = `The link names ${unknown.join(' and ')}, which this page does not have. The rest of the link is shown.`;
    dispatch({ type: 'problem/tell', problem: { title: 'Link not followed in full', detail, status: 0 } });
  }

  const first = linked(location.hash, getState());
  let begin = () => {};
  /** Links are followed one after the other. */
  let turn = new Promise((/** @type {(nothing: void) => void} */ resolve) => (begin = resolve)).then(() => follow(first, ownFound));

  function onHash() {
    const { hash } = location; // by its turn, the address may be another
    turn = turn.finally(() => follow(linked(hash, getState()), true));
  }

  function show() {
    clearTimeout(timer);
    timer = undefined;
    const now = fragment(getState());
    if (now === known) return;
    known = now;
    history.replaceState(null, '', now);
  }

  function onHide() {
    const { hash } = location;
    const before = known;
    show();
    if (known !== before) write(KEY, `${hash} ${known}`);
  }

  window.addEventListener('hashchange', onHash);
  window.addEventListener('pagehide', onHide);
  return {
    /** Follow the link that the page was opened with, and those that come. */
    begin,
    /** @param {State} state */
    update(state) {
      timer ??= setTimeout(show, REST);
      report(state);
    },
    destroy() {
      clearTimeout(timer);
      window.removeEventListener('hashchange', onHash);
      window.removeEventListener('pagehide', onHide);
    },
  };
}
