// @ts-check
/** Actions on the filters and the network around them. */
import { filterLetter } from '../lib/format.js';
import { paint } from '../lib/image.js';
import { addFilter, removeFilter, withBias, withFrozen, withKernel, withSettings } from '../lib/edits.js';
import { filterCount, isFrozen, kernelSize, settingsOf } from '../lib/network.js';
import { randomMatrix } from '../lib/random.js';
import { remodelled, say, stoppedFor } from './history.js';

/** @typedef {import('../lib/types.js').State} State */

/** @type {Record<string, (state: State, action: any) => State>} */
export const filters = {
  'filter/preset': (state, { filter, id }) => {
    const kernel = state.catalogue.kernels.find((k) => k.id === id);
    if (!kernel) return state;
    return say(remodelled(state, withKernel(state.work, filter, kernel.matrix, id)), `Filter ${filterLetter(filter)} is now ${kernel.name}`);
  },
  'filter/kernel': (state, { filter, matrix, name }) =>
    say(remodelled(state, withKernel(state.work, filter, matrix, null)), `Filter ${filterLetter(filter)} ${name}`),
  'filter/weight': (state, { filter, row, col, value }) => {
    const matrix = state.work.parameters.conv.weight[filter][0];
    if (matrix[row][col] === value) return state;
    return remodelled(state, withKernel(state.work, filter, paint(matrix, [[row, col]], value), null));
  },
  'filter/bias': (state, { filter, value }) =>
    state.work.parameters.conv.bias[filter] === value ? state : remodelled(state, withBias(state.work, filter, value)),
  'filter/add': (state) => {
    const count = filterCount(state.work.network);
    if (count >= state.catalogue.limits.filters) return state;
    const next = remodelled(state, addFilter(state.work, nextKernel(state)));
    return say({ ...next, focus: count }, `Filter ${filterLetter(count)} added`);
  },
  'filter/remove': (state, { filter }) => {
    const count = filterCount(state.work.network);
    if (count <= 1) return state;
    const next = remodelled(state, removeFilter(state.work, filter));
    return say({ ...next, focus: Math.min(state.focus, count - 2) }, `Filter ${filterLetter(filter)} removed`);
  },
  'filter/freeze': (state, { filter }) => {
    const frozen = !isFrozen(state.work.network, filter);
    // what the maps show stays true, so nothing is asked again; only the learning that follows differs
    const work = { ...state.work, network: withFrozen(state.work.network, filter, frozen) };
    const shown = state.shown && { ...state.shown, work: { ...state.shown.work, network: work.network } };
    const said = `Filter ${filterLetter(filter)} ${frozen ? 'is frozen' : 'learns'}`;
    const next = { ...state, work, shown };
    return state.training.status === 'running' ? stoppedFor(next, said) : say(next, said);
  },
  'filter/focus': (state, { filter }) => (filter === state.focus ? state : { ...state, focus: filter }),
  'network/activation': (state, { activation }) => remodelled(state, withSettings(state.work, { ...settingsOf(state.work.network), activation }, state.catalogue.kernels)),
  'network/settings': (state, { settings }) => remodelled(state, withSettings(state.work, settings, state.catalogue.kernels)),
};

/**
 * The first preset of the fitting size that no filter has yet; after the last, random weights.
 * @param {State} state
 */
function nextKernel(state) {
  const [rows, cols] = kernelSize(state.work.network);
  const fitting = state.catalogue.kernels.filter((k) => k.matrix.length === rows && k.matrix[0].length === cols && k.id !== 'identity');
  const fresh = fitting.find((k) => !state.work.presets.includes(k.id));
  if (fresh) return { matrix: fresh.matrix, preset: fresh.id };
  return { matrix: randomMatrix(rows, cols, state.seed + filterCount(state.work.network)), preset: null };
}
