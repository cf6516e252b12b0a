// @ts-check
/** One filter: its kernel, feature map, activation and pooled map, in a row. */
import { openCellEditor } from '../charts/cell-editor.js';
import { createGlyph } from '../charts/glyph.js';
import { createTile } from '../charts/tile.js';
import { address, parseAddress } from '../lib/address.js';
import { createChanged } from '../lib/changed.js';
import { el, icon, setAttribute, setEnabled, setText } from '../lib/dom.js';
import { filterLetter } from '../lib/format.js';
import { sameImage } from '../lib/image.js';
import { filterCount, isFrozen, kernelSize, mapSizes, STAGE, stages, windowOf } from '../lib/network.js';
import { randomMatrix } from '../lib/random.js';
import { cosine, nearestPreset } from '../lib/similarity.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/origin.js').Origin} Origin */

const CUSTOM = 'custom';
const LEARNED = 'learned';
const RANDOM = 'random';
const ALIKE = 0.5; // cosine from which a kernel is called like a preset

/**
 * @param {number} filter
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} context
 */
export function createFilter(filter, { dispatch, getState, scale }) {
  const letter = filterLetter(filter);
  const select = el('select', { 'aria-label': `Kernel of filter ${letter}` });
  const remove = el(
    'button',
    { type: 'button', class: 'btn quiet icon small', 'aria-label': `Remove filter ${letter}`, title: 'Remove this filter', onclick: removeThis },
    icon('cross'),
  );
  const shuffle = el(
    'button',
    { type: 'button', class: 'btn quiet icon small', 'aria-label': `Randomise filter ${letter}`, title: 'Random kernel', onclick: randomise },
    icon('dice'),
  );
  const biasTile = createTile({ label: `Bias of filter ${letter}`, stage: 'conv.bias', filter });
  biasTile.root.classList.add('bias');
  const bias = el('span', { class: 'bias-box' }, el('i', { class: 'v' }, 'b'), biasTile.root);
  const lockIcon = icon('unlock');
  const lockName = el('span', { class: 'lock-name' });
  const lock = el(
    'button',
    { type: 'button', class: 'lock', title: 'Whether training may change this kernel', onclick: () => dispatch({ type: 'filter/freeze', filter }) },
    lockIcon,
    lockName,
  );
  const near = el('span', { class: 'near', title: 'Cosine similarity to the nearest preset' });
  const before = createGlyph();
  const moved = el('span', { class: 'moved' });
  const change = el('span', { class: 'change', hidden: true }, before.root, moved);
  const meta = el(
    'div',
    { class: 'meta' },
    el(
      'div',
      { class: 'filter-head' },
      el('div', { class: 'filter-name' }, el('b', { 'aria-hidden': 'true' }, letter), el('span', { class: 'select' }, select, icon('chevron'))),
      near,
      change,
    ),
    el('div', { class: 'filter-tools' }, bias, lock, shuffle, remove),
  );
  const tiles = {
    kernel: createTile({ label: `Kernel ${letter}`, stage: 'conv.weight', filter }),
    conv: createTile({ label: `Feature map ${letter}`, stage: 'conv', filter }),
    relu: createTile({ label: `Activation ${letter}`, stage: 'relu', filter }),
    pool: createTile({ label: `Pooled map ${letter}`, stage: 'pool', filter }),
  };
  /** @param {string} name @param {string} caption @param {import('../charts/tile.js').Tile} tile */
  const stage = (name, caption, tile) => el('div', { class: `stage stage-${name}`, 'data-caption': caption }, tile.root);
  const root = el(
    'section',
    { class: 'filter', 'aria-label': `Filter ${letter}`, dataset: { filter } },
    meta,
    stage('kernel', 'Kernel k', tiles.kernel),
    stage('conv', 'Feature map z', tiles.conv),
    stage('relu', 'Activation a', tiles.relu),
    stage('pool', 'Pooled m', tiles.pool),
  );

  let choice = CUSTOM;
  select.addEventListener('change', () => {
    if (select.value === RANDOM) randomise();
    else if (select.value !== CUSTOM && select.value !== LEARNED) dispatch({ type: 'filter/preset', filter, id: select.value });
    else select.value = choice; // these two tell what is, and cannot be asked for
  });
  function removeThis() {
    const next = root.nextElementSibling ?? root.previousElementSibling;
    dispatch({ type: 'filter/remove', filter });
    // rows are drawn again in place: the focus stays on the row that took this one's, or goes to the last
    /** @type {HTMLElement|null} */ ((root.nextElementSibling ? root : next)?.querySelector('select') ?? null)?.focus();
  }
  function randomise() {
    const [rows, cols] = kernelSize(getState().work.network);
    const seed = Math.floor(Math.random() * 1e6);
    dispatch({ type: 'filter/kernel', filter, matrix: randomMatrix(rows, cols, seed), name: `has random numbers, seed ${seed}` });
  }

  /**
   * @param {number} r
   * @param {number} c
   * @param {string} [first]
   */
  function editWeight(r, c, first) {
    const cell = tiles.kernel.cell(r, c);
    if (!cell) return;
    openCellEditor(tiles.kernel, r, c, {
      label: `Kernel ${letter}, row ${r}, column ${c}`,
      value: getState().work.parameters.conv.weight[filter][0][r][c],
      first,
      onCommit: (value) => dispatch({ type: 'filter/weight', filter, row: r, col: c, value }),
      onMove(dr, dc) {
        const [rows, cols] = kernelSize(getState().work.network);
        const at = r * cols + c + dr * cols + dc;
        if (at >= 0 && at < rows * cols) editWeight(Math.floor(at / cols), at % cols);
        else cell.focus();
      },
      onClose: () => cell.focus(),
    });
  }

  /** @param {string} [first] */
  function editBias(first) {
    const cell = biasTile.cell(0, 0);
    if (!cell) return;
    const back = () => cell.focus();
    openCellEditor(biasTile, 0, 0, {
      label: `Bias of filter ${letter}`,
      value: getState().work.parameters.conv.bias[filter],
      first,
      onCommit: (value) => dispatch({ type: 'filter/bias', filter, value }),
      onMove: back,
      onClose: back,
    });
  }

  /** Open the editor on a kernel weight or the bias. @param {string} cell @param {string} [first] @returns {boolean} */
  function edit(cell, first) {
    const { stage: name, index, backward } = parseAddress(cell);
    if (backward) return false;
    if (name === 'conv.weight') editWeight(index[2], index[3], first);
    else if (name === 'conv.bias') editBias(first);
    else return false;
    return true;
  }

  let optionsKey = '';
  /** Presets of the present kernel size, by family. @param {State} state */
  function updateOptions(state) {
    const [rows, cols] = kernelSize(state.work.network);
    const key = `${rows}×${cols}`;
    if (key === optionsKey) return;
    optionsKey = key;
    /** @type {Map<string, HTMLOptGroupElement>} */
    const groups = new Map();
    for (const kernel of state.catalogue.kernels) {
      if (kernel.matrix.length !== rows || kernel.matrix[0].length !== cols) continue;
      if (!groups.has(kernel.family)) groups.set(kernel.family, el('optgroup', { label: kernel.family }));
      groups.get(kernel.family)?.append(el('option', { value: kernel.id }, kernel.name));
    }
    select.replaceChildren(...groups.values(), el('option', { value: RANDOM }, 'Random'), el('option', { value: LEARNED }, 'Learned'), el('option', { value: CUSTOM }, 'Custom'));
  }

  const kernelChanged = createChanged();
  let changeKey = '';
  /** Which preset it is, or is like; how far it has moved since epoch 0; whether it learns. @param {State} state */
  function updateKernelState({ work, catalogue }) {
    if (!kernelChanged(work.parameters, work.network, work.presets, work.run[0], work.at, catalogue, scale())) return;
    const matrix = work.parameters.conv.weight[filter][0];
    const start = work.run[0].parameters.conv?.weight?.[filter]?.[0] ?? matrix;
    const id = work.presets[filter];
    const preset = catalogue.kernels.find((k) => sameImage(k.matrix, matrix));
    const isPreset = preset !== undefined;
    choice = isPreset ? preset.id : id !== null || !sameImage(start, matrix) ? LEARNED : CUSTOM;
    if (select.value !== choice) select.value = choice;
    const like = isPreset ? null : nearestPreset(matrix, catalogue.kernels);
    setText(near, like === null ? '' : like.similarity < ALIKE ? 'unlike any preset' : `${Math.round(like.similarity * 100)}% ${like.kernel.name}`);

    const key = `${work.at}:${matrix}`;
    if (key !== changeKey) {
      changeKey = key;
      change.hidden = sameImage(start, matrix);
      if (!change.hidden) {
        const same = cosine(start, matrix);
        before.update(start, scale(), `The kernel at epoch 0; cosine to it ${same.toFixed(2)}`);
        setText(moved, `${Math.round(same * 100)}% the same`);
      }
    }
    const frozen = isFrozen(work.network, filter);
    setAttribute(lock, 'aria-pressed', String(frozen));
    setAttribute(lock, 'aria-label', `Filter ${letter} ${frozen ? 'is frozen' : 'learns'}`);
    setText(lockName, frozen ? 'Frozen' : 'Learns');
    lockIcon.firstElementChild?.setAttribute('href', frozen ? '#icon-lock' : '#icon-unlock');
    setEnabled(remove, filterCount(work.network) > 1);
  }

  return {
    root,
    tiles,
    edit,

    /**
     * @param {State} state
     * @param {boolean} large   whether this row's numbers are to be read
     */
    update(state, large) {
      const look = { scale: scale(), decimals: state.decimals, quiet: !large };
      const { work, shown, direction } = state;
      const { gradient } = gradientOf(state);
      const backward = direction === 'backward';
      const named = (/** @type {string} */ stageName, /** @type {number[]} */ ...index) => address(backward ? `gradient.${stageName}` : stageName, ...index);
      setAttribute(root, 'data-size', large ? 'large' : 'compact');
      updateOptions(state);
      updateKernelState(state);

      const [rows, cols] = kernelSize(work.network);
      tiles.kernel.shape({ rows, cols, name: (r, c) => named('conv.weight', filter, 0, r, c) });
      draw(tiles.kernel, backward ? gradient?.parameters.conv?.weight?.[filter]?.[0] : work.parameters.conv.weight[filter][0], look);
      const biases = work.parameters.conv.bias;
      bias.hidden = !biases;
      if (biases) {
        biasTile.shape({ rows: 1, cols: 1, name: () => named('conv.bias', filter) });
        const value = backward ? gradient?.parameters.conv?.bias?.[filter] : biases[filter];
        draw(biasTile, value === undefined ? undefined : [[value]], look);
      } else biasTile.clear();
      if (!shown) return;

      const { network } = shown.work;
      const { conv, pool } = mapSizes(shown.trace);
      const { activation, pool: pooling } = stages(network);
      const starts = (/** @type {0|1} */ axis, /** @type {number} */ count, /** @type {number} */ limit) =>
        Array.from({ length: count }, (_, i) => windowOf(pooling, axis, i)[0]).filter((at) => at > 0 && at < limit);
      tiles.conv.shape({ ...conv, name: (r, c) => named('conv', filter, r, c) });
      tiles.relu.shape({
        ...conv,
        name: (r, c) => named('relu', filter, r, c),
        rowBreaks: starts(0, pool.rows, conv.rows),
        colBreaks: starts(1, pool.cols, conv.cols),
      });
      tiles.pool.shape({ ...pool, name: (r, c) => named('pool', filter, r, c) });
      setAttribute(tiles.relu.root, 'aria-label', `${activationName(activation.type)} ${letter}`);
      setAttribute(tiles.relu.root.parentElement ?? root, 'data-caption', `${activationName(activation.type)} a`);

      const { layers } = shown.trace;
      const before = layers[STAGE.conv].output[filter];
      const after = layers[STAGE.activation].output[filter];
      const winners = layers[STAGE.pool].winners?.[filter];
      const values = (/** @type {number} */ at) => (backward ? gradient?.layers[at]?.gradient?.[filter] : layers[at].output[filter]);
      draw(tiles.conv, values(STAGE.conv), look);
      draw(tiles.relu, values(STAGE.activation), {
        ...look,
        cut: before && activation.type === 'relu' ? (r, c) => before[r][c] < 0 : undefined,
        wins: winners ? (r, c) => winners[r][c] && after[r][c] !== 0 : undefined,
      });
      draw(tiles.pool, values(STAGE.pool), look);
    },

    /**
     * @param {Origin|null} origin
     * @param {boolean} goesOn   whether the cell's number is the one that its pooling window passes on
     */
    mark(origin, goesOn) {
      const mine = origin && origin.filter === filter ? origin : null;
      const ahead = mine?.ahead;
      if (origin?.whole) {
        for (const tile of Object.values(tiles)) tile.markAll();
        root.classList.remove('active');
        return;
      }
      tiles.kernel.mark(mine?.kernel ?? null);
      tiles.conv.mark(mine?.conv ?? null);
      tiles.relu.mark(mine?.relu ?? ahead?.relu ?? null, mine?.relu ? 'origin' : 'ahead');
      tiles.pool.mark(mine?.pool ?? ahead?.pool ?? null, mine?.pool ? 'origin' : goesOn ? 'ahead' : 'beaten');
      root.classList.toggle('active', Boolean(mine));
    },
  };
}

/** @typedef {ReturnType<typeof createFilter>} FilterView */

/**
 * @param {import('../charts/tile.js').Tile} tile
 * @param {number[][]|undefined} values  undefined while they are awaited
 * @param {import('../charts/tile.js').TileLook} look
 */
function draw(tile, values, look) {
  if (values) tile.update(values, look);
  else tile.clear();
}

/** The gradient to draw, if the pipeline runs backward and one of this shape is there. @param {State} state */
const gradientOf = ({ direction, gradient, shown }) =>
  direction === 'backward' && gradient && shown && gradient.work.network === shown.work.network ? gradient : { gradient: null };

/** @param {string} type */
const activationName = (type) => (type === 'relu' ? 'After ReLU' : `After ${type.replace('_', ' ')}`);
