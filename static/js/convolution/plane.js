// @ts-check
/** Two dimensions: an image, a kernel, and the window sliding over it. */
import { listenForArrows } from '../charts/arrow-keys.js';
import { openCellEditor } from '../charts/cell-editor.js';
import { listenForDrag } from '../charts/drag.js';
import { indexed, workedLines, workedSentence } from '../charts/formula.js';
import { createPlayer, slideTime } from '../charts/player.js';
import { createTile } from '../charts/tile.js';
import { createWindow } from '../charts/window.js';
import { el, find, setAttribute, setText } from '../lib/dom.js';
import { MINUS } from '../lib/format.js';
import { nearest } from './panel.js';
import { createPlaneControls } from './plane-controls.js';
import { positions } from './state.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').PlaneWork} PlaneWork */
/** @typedef {import('./types.js').Convolution} Convolution */
/** @typedef {import('../lib/types.js').Term} Term */

const COMPACT = 16; // columns beyond which numbers would be too small to read

/** @param {number} i */
const text = (i) => (i < 0 ? MINUS : '') + Math.abs(i);

/** The first row and column under the window. @param {Term[]} terms @returns {[number, number]} */
const startOf = (terms) => [Math.min(...terms.map((t) => t.input_index[0])), Math.min(...terms.map((t) => t.input_index[1]))];

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 * @returns {import('./types.js').View}
 */
export function createPlane(root, { dispatch, getState, scale }) {
  const tiles = {
    image: createTile({ label: 'Image f', stage: 'image' }),
    kernel: createTile({ label: 'Kernel g as it lies', stage: 'kernel2d' }),
    product: createTile({ label: 'Products', stage: 'product2d' }),
    output: createTile({ label: 'Output C', stage: 'output2d' }),
  };
  const frame = createWindow();
  const figure = find(root, '[data-part=figure]');
  const labels = { image: axisLabels(), output: axisLabels() };
  const imageBox = find(root, '[data-part=image]');
  imageBox.replaceChildren(labels.image.cols, labels.image.rows, el('div', { class: 'over' }, tiles.image.root, frame.root));
  find(root, '[data-part=kernel]').replaceChildren(tiles.kernel.root);
  find(root, '[data-part=product]').replaceChildren(tiles.product.root);
  find(root, '[data-part=output]').replaceChildren(labels.output.cols, labels.output.rows, tiles.output.root);
  const worked = find(root, '[data-part=worked]');
  const problem = find(root, '[data-part=problem]');
  const caption = (/** @type {string} */ name) => find(root, `[data-part=${name}-caption]`);

  const player = createPlayer(find(root, '[data-part=player]'), {
    label: 'Slide the window over the image',
    onStep: (step, byHand) => dispatch({ type: 'player/step', player: 'plane', step, byHand }),
    onPlay: (playing) => dispatch({ type: 'player/play', player: 'plane', playing }),
    onSpeed: (speed) => dispatch({ type: 'player/speed', player: 'plane', speed }),
  });
  /** @param {number} step @param {string} [said] */
  const go = (step, said) => dispatch({ type: 'player/step', player: 'plane', step, byHand: true, said });
  /** @param {Convolution} reply @param {number} step */
  function sentence({ output_size, index, output, terms }, step) {
    const [r, c] = [Math.floor(step / output_size[1]), step % output_size[1]];
    return workedSentence(`C[${text(index[0][r])}, ${text(index[1][c])}]`, terms[step].map((term) => [term.input, term.kernel]), output[r][c]);
  }

  const controls = createPlaneControls(root, { dispatch, getState });

  listenForDrag(tiles.image.root, tiles.image, (row, col) => {
    const { work, reply } = getState().parts.plane.shown;
    const [rows, cols] = reply.output_size;
    const middle = (/** @type {0|1} */ axis, /** @type {number} */ output) => startOf(reply.terms[output])[axis] + work.padding[axis][0] + reply.span[axis] / 2;
    const r = nearest(rows, (at) => Math.abs(middle(0, at * cols) - row));
    const c = nearest(cols, (at) => Math.abs(middle(1, at) - col));
    go(r * cols + c);
  });
  tiles.output.root.addEventListener('click', (event) => {
    const [r, c] = tiles.output.placeOf(/** @type {HTMLElement} */ (event.target));
    if (r >= 0) go(r * getState().parts.plane.shown.reply.output_size[1] + c);
  });
  listenForArrows(tiles.output, (r, c, event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    const { reply } = getState().parts.plane.shown;
    const step = r * reply.output_size[1] + c;
    go(step, sentence(reply, step));
  });
  listenForArrows(tiles.product);
  for (const of of /** @type {const} */ (['image', 'kernel'])) {
    const tile = tiles[of];
    listenForArrows(tile, (r, c, event) => {
      const typed = /^[-−.\d]$/.test(event.key);
      if (!typed && event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      edit(tile, of, r, c, typed ? event.key : undefined);
    });
    tile.root.addEventListener(of === 'image' ? 'dblclick' : 'click', (event) => {
      const [r, c] = tile.placeOf(/** @type {HTMLElement} */ (event.target));
      if (r >= 0) edit(tile, of, r, c);
    });
  }

  /**
   * @param {import('../charts/tile.js').Tile} tile
   * @param {'image'|'kernel'} of
   * @param {number} r
   * @param {number} c
   * @param {string} [first]
   */
  function edit(tile, of, r, c, first) {
    const cell = tile.cell(r, c);
    const [row, col] = (cell?.dataset.cell?.match(/-?\d+(?=\])/g) ?? []).map(Number);
    const { [of]: matrix } = getState().parts.plane.work;
    const value = matrix[row]?.[col];
    if (!cell || value === undefined) return; // the padding stays 0
    const close = () => cell.focus();
    openCellEditor(tile, r, c, {
      label: `${of === 'image' ? 'f' : 'g'}[${row}, ${col}]`,
      value,
      first,
      onCommit: (typed) => dispatch({ type: 'plane/number', of, row, col, value: typed }),
      onMove: (down, right) => (tile.cell(r + down, c + right) ? edit(tile, of, r + down, c + right) : close()),
      onClose: close,
    });
  }

  /** @type {Convolution|null} */
  let drawn = null;
  let drawnLook = '';
  /** @type {import('../lib/colour.js').Scale|null} */
  let drawnScale = null;

  /** @param {PlaneWork} work @param {Convolution} reply */
  function shape(work, reply) {
    const [[top], [left]] = work.padding;
    const [rows, cols] = [reply.padded.length, reply.padded[0].length];
    const [kernelRows, kernelCols] = [work.kernel.length, work.kernel[0].length];
    const widest = Math.max(cols, reply.output_size[1]);
    setAttribute(figure, 'data-size', widest > COMPACT ? 'compact' : null);
    figure.style.setProperty('--columns', String(widest));
    figure.style.setProperty('--kernel-columns', String(kernelCols));
    figure.style.setProperty('--kernel-rows', String(kernelRows));
    tiles.image.shape({
      rows, cols,
      name: (r, c) => `image[${r - top}][${c - left}]`,
      say: (r, c) => `f[${text(r - top)}, ${text(c - left)}]${inside(work, r - top, c - left) ? '' : ', padding'}`,
    });
    labels.image.update(range(rows).map((r) => r - top), range(cols).map((c) => c - left));
    const lying = laidOut(reply.terms[0], work);
    tiles.kernel.shape({
      rows: kernelRows, cols: kernelCols,
      name: (r, c) => `kernel2d${lying[r][c].kernel_index.map((i) => `[${i}]`).join('')}`,
      say: (r, c) => `g[${lying[r][c].kernel_index.join(', ')}]`,
    });
    tiles.product.shape({
      rows: kernelRows, cols: kernelCols,
      name: (r, c) => `product2d[${r}][${c}]`,
      say: (r, c) => `Product at row ${r}, column ${c} of the window`,
    });
    tiles.output.shape({
      rows: reply.output_size[0], cols: reply.output_size[1],
      name: (r, c) => `output2d[${r}][${c}]`,
      say: (r, c) => `C[${text(reply.index[0][r])}, ${text(reply.index[1][c])}]`,
    });
    labels.output.update(reply.index[0], reply.index[1]);
    setText(caption('image'), `${work.image.length} × ${work.image[0].length}${rows > work.image.length || cols > work.image[0].length ? `, padded to ${rows} × ${cols}` : ''}`);
    setText(caption('kernel'), `${kernelRows} × ${kernelCols}${work.convention === 'f(i-j)g(j)' ? ', turned by half a turn' : ', as it is written'}`);
    setText(caption('output'), `${reply.output_size[0]} × ${reply.output_size[1]}`);
  }

  /** @param {Convolution} reply @param {number} step */
  function writeWorked(reply, step) {
    const cols = reply.output_size[1];
    const [r, c] = [Math.floor(step / cols), step % cols];
    const [i, j] = [reply.index[0][r], reply.index[1][c]];
    worked.replaceChildren(
      ...workedLines({
        name: indexed('C', [i, j]),
        value: reply.output[r][c],
        terms: reply.terms[step].map((term) => ({
          factors: [
            { symbol: indexed('f', term.input_index), value: term.input },
            { symbol: indexed('g', term.kernel_index), value: term.kernel },
          ],
          value: term.product,
          padded: term.padded,
        })),
      }),
    );
    setText(find(root, '[data-part=row-column]'), `row ${text(i)}, column ${text(j)}`);
    setText(find(root, '[data-part=x-y]'), `x = ${text(j)}, y = ${text(i)}`);
  }

  return {
    update(state) {
      const { work, shown, problem: refusal } = state.parts.plane;
      controls.update(work);
      setText(problem, refusal ? refusal.detail : '');
      setAttribute(root, 'data-stale', refusal ? '' : null);
      const { reply } = shown;
      const view = state.players.plane;
      const { step, filling } = view;
      player.update({ ...view, count: positions(state, 'plane'), said: sentence(reply, step) });
      const paints = scale();
      const look = [step, filling, view.playing, view.speed].join();
      if (reply === drawn && look === drawnLook && paints === drawnScale) return;
      if (reply !== drawn) shape(shown.work, reply);
      drawn = reply;
      drawnLook = look;
      drawnScale = paints;

      const [[top], [left]] = shown.work.padding;
      const options = { scale: paints, decimals: 2 };
      const [neverRows, neverCols] = reply.never_covered.map((places) => new Set(places));
      tiles.image.update(reply.padded, {
        ...options,
        ghost: (r, c) => !inside(shown.work, r - top, c - left),
        spare: (r, c) => neverRows.has(r - top) || neverCols.has(c - left),
      });
      const terms = laidOut(reply.terms[step], shown.work);
      tiles.kernel.update(terms.map((line) => line.map((term) => term.kernel)), options);
      tiles.product.update(terms.map((line) => line.map((term) => term.product)), { ...options, ghost: (r, c) => terms[r][c].padded });
      const cols = reply.output_size[1];
      const [r, c] = [Math.floor(step / cols), step % cols];
      tiles.output.update(reply.output, { ...options, later: (row, col) => filling && row * cols + col > step });
      tiles.output.mark({ r0: r, c0: c, r1: r, c1: c });
      figure.style.setProperty('--slide', `${slideTime(view)}ms`);
      setAttribute(figure, 'data-playing', view.playing ? '' : null);
      const [startRow, startCol] = startOf(reply.terms[step]);
      frame.update({ at: [startRow + top, startCol + left], span: [reply.span[0], reply.span[1]], step: shown.work.dilation });
      writeWorked(reply, step);
    },
    destroy() {
      player.destroy();
    },
  };
}

/** @param {number} count */
const range = (count) => Array.from({ length: count }, (_, k) => k);

/** @param {PlaneWork} work @param {number} r @param {number} c */
const inside = ({ image }, r, c) => r >= 0 && c >= 0 && r < image.length && c < image[0].length;

/**
 * The terms of one window, where they lie on the image.
 * @param {Term[]} terms
 * @param {PlaneWork} work
 * @returns {Term[][]}
 */
function laidOut(terms, { kernel, dilation }) {
  const [top, left] = startOf(terms);
  /** @type {Term[][]} */
  const lines = kernel.map(() => []);
  for (const term of terms) lines[(term.input_index[0] - top) / dilation[0]][(term.input_index[1] - left) / dilation[1]] = term;
  return lines;
}

/** Row and column numbers beside a tile. */
function axisLabels() {
  const rows = el('div', { class: 'row-labels', 'aria-hidden': 'true' });
  const cols = el('div', { class: 'axis-labels', 'aria-hidden': 'true' });
  const label = (/** @type {number} */ i) => el('span', { class: i < 0 ? 'negative' : '' }, text(i));
  return {
    rows,
    cols,
    /** @param {number[]} rowNumbers @param {number[]} colNumbers */
    update(rowNumbers, colNumbers) {
      rows.replaceChildren(...rowNumbers.map(label));
      cols.replaceChildren(...colNumbers.map(label));
    },
  };
}
