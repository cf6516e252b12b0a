// @ts-check
/** The address bar carries what is looked at: the selected number, the direction, the drawing and its label, the experiment. */

/** @typedef {import('../lib/types.js').State} State */

const REST = 300; // ms: browsers refuse an address that changes too often
const LEVELS = 9; // grey levels that a digit of the address tells apart

/** @param {State} state */
function fragment({ selected, direction, work, label, experiment }) {
  const drawing = work.image.flat().map((v) => Math.round(v * LEVELS)).join('');
  return `#cell=${selected}${direction === 'backward' ? '&backward' : ''}&drawing=${drawing}&label=${label}&experiment=${experiment}`;
}

/**
 * What a link asks for.
 * @param {string} hash
 * @param {State} state
 * @returns {{actions: import('../lib/types.js').Action[], experiment: string|null}}
 */
export function linked(hash, state) {
  // what this page wrote itself says nothing new, and less than what was kept
  if (decodeURI(hash) === fragment(state)) return { actions: [], experiment: null };
  const given = new URLSearchParams(hash.slice(1));
  /** @type {import('../lib/types.js').Action[]} */
  const actions = [];
  const drawing = given.get('drawing') ?? '';
  const size = state.work.image.length;
  if (new RegExp(`^[0-9]{${size * size}}$`).test(drawing)) {
    const values = Array.from(drawing, (digit) => Number(digit) / LEVELS);
    const image = Array.from({ length: size }, (_, r) => values.slice(r * size, (r + 1) * size));
    actions.push({ type: 'image/load', image, name: 'The linked drawing' });
  }
  const label = given.get('label') ?? '';
  if (/^[0-9]$/.test(label)) actions.push({ type: 'image/label', label: Number(label) });
  const cell = given.get('cell') ?? '';
  if (/^[a-z.]+(\[\d+\])+$/.test(cell)) actions.push({ type: 'cell/select', cell });
  if (given.has('backward')) actions.push({ type: 'view/direction', direction: 'backward' });
  const experiment = given.get('experiment');
  const known = state.catalogue.experiments.some(({ id }) => id === experiment);
  return { actions, experiment: known && experiment !== state.experiment ? experiment : null };
}

/** @param {{getState: () => State}} store */
export function createLink({ getState }) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let known = fragment(getState());
  return {
    update() {
      timer ??= setTimeout(() => {
        timer = undefined;
        const now = fragment(getState());
        if (now === known) return;
        known = now;
        history.replaceState(null, '', now);
      }, REST);
    },
  };
}
