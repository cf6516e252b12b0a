// @ts-check
/** Actions on the training set and the test set. */
import { isBlank, sameImage } from '../lib/image.js';
import { say, stopped } from './history.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').Example} Example */
/** @typedef {import('../lib/types.js').SetName} SetName */

/**
 * Changed by hand, a set is one's own: of a data set too large to travel only the examples at hand are kept.
 * @param {State} state
 * @param {SetName} set
 * @param {Example[]} examples
 * @returns {State}
 */
const withExamples = (state, set, examples) => ({
  ...state,
  ...(set === 'training' ? stopped(state) : {}), // a run learns from one set to its end
  picked: null,
  sets: { ...state.sets, [set]: { name: state.sets[set].name, examples, reference: null } },
});

/** @type {Record<string, (state: State, action: any) => State>} */
export const examples = {
  'examples/add': (state, { set }) => {
    const { image } = state.work;
    if (isBlank(image)) return say(state, 'Nothing drawn, so nothing to add');
    const { examples: known } = state.sets[/** @type {SetName} */ (set)];
    if (known.some((e) => e.label === state.label && sameImage(e.image, image))) return say(state, 'That drawing is in the set already');
    return say(withExamples(state, set, [...known, { image, label: state.label }]), `Added as ${state.label} to the ${set} set`);
  },
  'examples/remove': (state, { set, index }) =>
    say(withExamples(state, set, state.sets[/** @type {SetName} */ (set)].examples.filter((_, i) => i !== index)), 'Example removed'),
  'examples/relabel': (state, { set, index, label }) =>
    say(
      withExamples(state, set, state.sets[/** @type {SetName} */ (set)].examples.map((e, i) => (i === index ? { ...e, label } : e))),
      `Labelled ${label}`,
    ),
  'examples/clear': (state, { set }) => say(withExamples(state, set, []), `The ${set} set is empty`),
  'examples/load': (state, { set, loaded }) => say({ ...state, ...(set === 'training' ? stopped(state) : {}), picked: null, sets: { ...state.sets, [set]: loaded } }, `${loaded.name} loaded`),
  'examples/pick': (state, { picked }) => ({ ...state, picked }),
  'evaluate/replied': (state, { set, evaluation }) => ({ ...state, evaluations: { ...state.evaluations, [set]: evaluation } }),
};
