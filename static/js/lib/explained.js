// @ts-check
/** Which numbers the explanation is about, and what is known of them. */
import { mapSizes } from './network.js';
import { siblings } from './siblings.js';

/** @typedef {import('./types.js').State} State */

const FORWARD_ONLY = ['probabilities']; // of these the backward view shows the forward numbers
/** Stages whose backward explanation nudges every number: too many at once would keep the reader waiting. */
const ONE_BY_ONE = ['dense.weight', 'input'];

/** The selected number's address in the direction that is shown. @param {State} state */
export function explainedCell({ selected, direction }) {
  const backward = direction === 'backward' && !FORWARD_ONLY.some((stage) => selected.startsWith(stage));
  return backward ? `gradient.${selected}` : selected;
}

/** Every position of the selected tile, as the player goes through them. @param {State} state @returns {string[]} */
export function positions({ selected, shown }) {
  if (!shown) return [];
  return siblings(selected, shown.work.network, { ...mapSizes(shown.trace), input: [shown.work.image.length, shown.work.image[0].length] });
}

/**
 * The addresses to ask for: the selected one, as every stroke asks anew; all that the player comes to once it plays, so that it
 * waits for nothing.
 * @param {State} state
 * @returns {string[]}
 */
export function shownCells(state) {
  if (!state.shown) return [];
  const cell = explainedCell(state);
  const backward = cell.startsWith('gradient.');
  if (!state.player.playing) return [cell];
  if (backward && ONE_BY_ONE.some((stage) => state.selected.startsWith(`${stage}[`))) return [cell];
  return positions(state).map((name) => (backward ? `gradient.${name}` : name));
}

/**
 * The explanation of the selected number, and whether it belongs to the present work.
 * @param {State} state
 * @returns {{explanation: import('./types.js').Explanation|null, current: boolean}}
 */
export function explanationOf(state) {
  const { explained, work, label } = state;
  const cell = explainedCell(state);
  const explanation = explained?.explanations.find((e) => e.cell === cell) ?? null;
  const current =
    explained !== null && explanation !== null && explained.work.image === work.image && explained.work.parameters === work.parameters &&
    explained.work.network === work.network && explained.label === label;
  return { explanation, current };
}

/** A text to copy: the sentence, the terms, the steps. @param {import('./types.js').Explanation} explanation */
export function explanationText({ sentence, terms, steps, check, update }) {
  const line = (/** @type {import('./types.js').ExplainedTerm} */ { value, factors, rule }) =>
    `  ${rule ? `${rule} of ` : ''}${factors.map((f) => `${f.symbol} ${f.cell ?? ''} ${f.value}`.replace(/ {2,}/g, ' ')).join(' × ')} = ${value}`;
  return [
    sentence,
    ...terms.map(line),
    ...steps.filter((s) => s.value !== null).map((s) => `${s.name}: ${s.value}`),
    ...(check ? [check.sentence] : []),
    ...(update ? [update.sentence] : []),
  ].join('\n');
}
