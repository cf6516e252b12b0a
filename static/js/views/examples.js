// @ts-check
/** A set of examples as thumbnails: label, right or wrong, and how sure the network is. */
import { createMini } from '../charts/mini.js';
import { createChanged } from '../lib/changed.js';
import { el, find, setEnabled, setText } from '../lib/dom.js';
import { isWhole } from '../lib/example-set.js';
import { formatPercent } from '../lib/format.js';
import { sameImage } from '../lib/image.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').SetName} SetName */

const SHOWN = 120; // thumbnails at once; more would only be scrolled past

/**
 * @param {HTMLElement} root
 * @param {SetName} set
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, loadDataset: (set: SetName, id: string, name: string) => void}} context
 * @returns {import('../lib/types.js').View}
 */
export function createExamples(root, set, { dispatch, getState, loadDataset }) {
  const part = (/** @type {string} */ name) => find(root, `[data-part=${name}]`);
  const title = find(root, 'h2').textContent;
  const tray = part('tray');
  const caption = part('caption');
  const add = part('add');
  const clear = part('clear');
  const load = /** @type {HTMLSelectElement} */ (part('load'));
  const editor = part('example-editor');
  const editorLabel = /** @type {HTMLSelectElement} */ (part('example-label'));
  const only = part('only');
  const onlyText = part('only-text');

  add.addEventListener('click', () => dispatch({ type: 'examples/add', set }));
  clear.addEventListener('click', () => dispatch({ type: 'examples/clear', set }));
  load.replaceChildren(el('option', { value: '' }, 'Load …'), ...getState().catalogue.datasets.map(({ id, name }) => el('option', { value: id }, name)));
  load.addEventListener('change', () => {
    const chosen = getState().catalogue.datasets.find(({ id }) => id === load.value);
    load.value = '';
    if (chosen) loadDataset(set, chosen.id, chosen.name);
  });
  find(only, 'button').addEventListener('click', () => dispatch({ type: 'examples/pick', picked: null }));

  /** Index of the example that is being changed. @type {number|null} */
  let edited = null;
  editorLabel.replaceChildren(...Array.from({ length: 10 }, (_, d) => el('option', { value: d }, d)));
  editorLabel.addEventListener('change', () => dispatch({ type: 'examples/relabel', set, index: edited, label: Number(editorLabel.value) }));
  find(editor, '[data-part=remove-example]').addEventListener('click', () => {
    const index = edited;
    edited = null;
    dispatch({ type: 'examples/remove', set, index });
    // once the tray is drawn again: on the example that took its place, or on what makes another
    queueMicrotask(() => (items[Math.min(Math.max(0, shown.indexOf(index ?? 0)), items.length - 1)]?.item.querySelector('button') ?? add).focus());
  });

  /** @param {number} index */
  function open(index) {
    const example = getState().sets[set].examples[index];
    if (!example) return;
    edited = index;
    dispatch({ type: 'image/load', image: example.image, name: `Example ${index}, a ${example.label},`, label: example.label });
    update(getState());
  }

  /** @type {{item: HTMLElement, told: HTMLElement, mark: HTMLElement, sure: HTMLElement}[]} */
  let items = [];
  /** @type {import('../lib/types.js').Example[]|null} */
  let drawn = null;
  /** Which of them are shown. @type {number[]} */
  let shown = [];

  /** @param {State} state */
  function visible({ sets, evaluations, picked }) {
    const { examples } = sets[set];
    const indices = examples.map((_, i) => i);
    const found = evaluations[set];
    if (picked?.set !== set || found?.examples !== examples) return indices.slice(0, SHOWN);
    return indices.filter((i) => examples[i].label === picked.from && found.predictions[i] === picked.to).slice(0, SHOWN);
  }

  const readingsChanged = createChanged();
  const drawingChanged = createChanged();
  const headChanged = createChanged();

  /** @param {State} state */
  function update(state) {
    const { examples } = state.sets[set];
    const found = state.evaluations[set]?.examples === examples ? state.evaluations[set] : null;
    const { picked, work } = state;
    if (readingsChanged(examples, found, picked)) drawReadings(state, found);
    if (drawingChanged(items, work.image)) {
      shown.forEach((index, i) => {
        const { image } = examples[index];
        items[i].item.classList.toggle('current', image === work.image || sameImage(image, work.image));
      });
    }
    if (headChanged(state.sets[set], found, picked, work.at, state.label, edited)) drawHead(state, found);
  }

  /** @param {State} state @param {import('../lib/types.js').Evaluation|null} found */
  function drawReadings(state, found) {
    const { examples } = state.sets[set];
    const indices = visible(state);
    if (examples !== drawn || indices.join() !== shown.join()) {
      drawn = examples;
      shown = indices;
      items = indices.map((index) => {
        const mark = el('span', { class: 'mark' });
        const sure = el('span', { class: 'sure' });
        const told = el('span', { class: 'vh' });
        const button = el('button', { type: 'button', onclick: () => open(index) }, createMini(examples[index].image, 4), mark, sure, told);
        return { item: el('li', {}, button), told, mark, sure };
      });
      tray.replaceChildren(...items.map(({ item }) => item));
    }
    indices.forEach((index, i) => {
      const { item, told, mark, sure } = items[i];
      const { label } = examples[index];
      const read = found?.predictions[index] ?? null;
      const right = read === label;
      item.classList.toggle('right', right);
      item.classList.toggle('wrong', read !== null && !right);
      setText(mark, String(label));
      const probability = found?.label_probabilities[index];
      setText(sure, probability === undefined ? '' : `${Math.round(probability * 100)}%`);
      setText(told, `label ${label}${read === null ? '' : `, read as ${read}, ${right ? 'right' : 'wrong'}, ${formatPercent(probability ?? 0)} percent for ${label}`}`);
    });
  }

  /** @param {State} state @param {import('../lib/types.js').Evaluation|null} found */
  function drawHead(state, found) {
    const { examples, reference, name } = state.sets[set];
    const right = found ? found.predictions.filter((/** @type {number} */ d, /** @type {number} */ i) => d === examples[i].label).length : null;
    const count = reference && !isWhole(state.sets[set]) ? `${reference.limit.toLocaleString('en')} drawings, the first ${examples.length} shown` : `${examples.length} drawing${examples.length === 1 ? '' : 's'}`;
    const score = right === null || !examples.length ? '' : `, ${right} right, ${examples.length - right} wrong at epoch ${state.work.at}`;
    setText(caption, `${name === title ? '' : `${name}: `}${count}${score}`);
    setText(add, `Add drawing as ${state.label}`);
    setEnabled(clear, examples.length > 0);
    const picked = state.picked?.set === set ? state.picked : null;
    only.hidden = !picked;
    if (picked) setText(onlyText, `Only ${picked.from} read as ${picked.to}`);
    editor.hidden = edited === null || edited >= examples.length;
    if (edited !== null && examples[edited]) {
      const value = String(examples[edited].label);
      if (editorLabel.value !== value) editorLabel.value = value;
    }
  }

  return { update, destroy() {} };
}
