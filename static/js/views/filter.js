// @ts-check
/** One filter: its kernel, feature map, activation and pooled map, in a row. */
import { openCellEditor } from '../charts/cell-editor.js';
import { createTile } from '../charts/tile.js';
import { address, parseAddress } from '../lib/address.js';
import { el, icon, setAttribute } from '../lib/dom.js';
import { filterLetter } from '../lib/format.js';
import { filterCount, kernelSize, mapSizes, STAGE, stages, windowOf } from '../lib/network.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/origin.js').Origin} Origin */

const CUSTOM = 'custom';
const RANDOM = 'random';

/**
 * @param {number} filter
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} context
 */
export function createFilter(filter, { dispatch, getState, scale }) {
  const letter = filterLetter(filter);
  const select = el('select', { 'aria-label': `Kernel of filter ${letter}` });
  const remove = el(
    'button',
    { type: 'button', class: 'btn quiet icon small', 'aria-label': `Remove filter ${letter}`, title: 'Remove this filter', onclick: () => dispatch({ type: 'filter/remove', filter }) },
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
  const meta = el(
    'div',
    { class: 'meta' },
    el('div', { class: 'filter-name' }, el('b', { 'aria-hidden': 'true' }, letter), el('span', { class: 'select' }, select, icon('chevron'))),
    el('div', { class: 'filter-tools' }, bias, shuffle, remove),
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

  select.addEventListener('change', () => {
    if (select.value === RANDOM) randomise();
    else if (select.value !== CUSTOM) dispatch({ type: 'filter/preset', filter, id: select.value });
  });
  function randomise() {
    const [rows, cols] = kernelSize(getState().work.network);
    const weight = () => Math.round((Math.random() * 2 - 1) * 100) / 100;
    const matrix = Array.from({ length: rows }, () => Array.from({ length: cols }, weight));
    dispatch({ type: 'filter/kernel', filter, matrix, name: 'has random numbers' });
  }

  /**
   * @param {number} r
   * @param {number} c
   * @param {string} [first]
   */
  function editWeight(r, c, first) {
    const cell = tiles.kernel.cell(r, c);
    if (!cell) return;
    openCellEditor(cell, {
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
    openCellEditor(cell, {
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
    const { stage: name, index } = parseAddress(cell);
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
    select.replaceChildren(...groups.values(), el('option', { value: RANDOM }, 'Random'), el('option', { value: CUSTOM }, 'Custom'));
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
      const look = { scale: scale(), decimals: state.decimals };
      const { work, shown } = state;
      setAttribute(root, 'data-size', large ? 'large' : 'compact');
      updateOptions(state);
      const preset = work.presets[filter] ?? CUSTOM;
      if (select.value !== preset) select.value = preset;
      setAttribute(remove, 'disabled', filterCount(work.network) > 1 ? null : '');

      const [rows, cols] = kernelSize(work.network);
      tiles.kernel.shape({ rows, cols, name: (r, c) => address('conv.weight', filter, 0, r, c) });
      tiles.kernel.update(work.parameters.conv.weight[filter][0], look);
      const biases = work.parameters.conv.bias;
      bias.hidden = !biases;
      if (biases) {
        biasTile.shape({ rows: 1, cols: 1, name: () => address('conv.bias', filter) });
        biasTile.update([[biases[filter]]], look);
      }
      if (!shown) return;

      const { network } = shown.work;
      const { conv, pool } = mapSizes(shown.trace);
      const { activation, pool: pooling } = stages(network);
      const starts = (/** @type {0|1} */ axis, /** @type {number} */ count, /** @type {number} */ limit) =>
        Array.from({ length: count }, (_, i) => windowOf(pooling, axis, i)[0]).filter((at) => at > 0 && at < limit);
      tiles.conv.shape({ ...conv, name: (r, c) => address('conv', filter, r, c) });
      tiles.relu.shape({
        ...conv,
        name: (r, c) => address('relu', filter, r, c),
        rowBreaks: starts(0, pool.rows, conv.rows),
        colBreaks: starts(1, pool.cols, conv.cols),
      });
      tiles.pool.shape({ ...pool, name: (r, c) => address('pool', filter, r, c) });
      setAttribute(tiles.relu.root, 'aria-label', `${activationName(activation.type)} ${letter}`);

      const { layers } = shown.trace;
      const before = layers[STAGE.conv].output[filter];
      if (!before) {
        // a filter that no reply has seen yet
        for (const tile of [tiles.conv, tiles.relu, tiles.pool]) tile.clear();
        return;
      }
      const after = layers[STAGE.activation].output[filter];
      const winners = layers[STAGE.pool].winners?.[filter];
      tiles.conv.update(before, look);
      tiles.relu.update(after, {
        ...look,
        cut: activation.type === 'relu' ? (r, c) => before[r][c] < 0 : undefined,
        wins: winners ? (r, c) => winners[r][c] && after[r][c] !== 0 : undefined,
      });
      tiles.pool.update(layers[STAGE.pool].output[filter], look);
    },

    /**
     * @param {Origin|null} origin
     * @param {boolean} goesOn   whether the cell's number is the one that its pooling window passes on
     */
    mark(origin, goesOn) {
      const mine = origin && origin.filter === filter ? origin : null;
      const ahead = mine?.ahead;
      tiles.kernel.mark(mine?.kernel ?? null);
      tiles.conv.mark(mine?.conv ?? null);
      tiles.relu.mark(mine?.relu ?? ahead?.relu ?? null, mine?.relu ? 'origin' : 'ahead');
      tiles.pool.mark(mine?.pool ?? ahead?.pool ?? null, mine?.pool ? 'origin' : goesOn ? 'ahead' : 'beaten');
      root.classList.toggle('active', Boolean(mine));
    },
  };
}

/** @typedef {ReturnType<typeof createFilter>} FilterView */

/** @param {string} type */
const activationName = (type) => (type === 'relu' ? 'After ReLU' : `After ${type.replace('_', ' ')}`);
