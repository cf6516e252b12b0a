// @ts-check
/** One index convention: the kernel sliding along the signal, and every output worked out. */
import { listenForArrows } from '../charts/arrow-keys.js';
import { openCellEditor } from '../charts/cell-editor.js';
import { listenForDrag } from '../charts/drag.js';
import { indexed, workedLines, workedSentence } from '../charts/formula.js';
import { slideTime } from '../charts/player.js';
import { createTile } from '../charts/tile.js';
import { el, find, setAttribute } from '../lib/dom.js';
import { MINUS } from '../lib/format.js';
import { createStepper } from './controls.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Convolution} Convolution */
/** @typedef {{low: number, count: number}} Columns  the index axis that all four figures share */

const MIRRORED = 3; // f(j)g(i+j): C(i) stands under f[−i], where the kernel's first number lies
const COMPACT = 20; // columns beyond which numbers would be too small to read

/** An index with a true minus. @param {number} i */
const text = (i) => (i < 0 ? MINUS : '') + Math.abs(i);

/** The first place of the signal under the kernel. @param {Convolution} reply @param {number} output */
const startOf = (reply, output) => Math.min(...reply.terms[output].map((term) => term.input_index[0]));

/**
 * @param {HTMLElement} root
 * @param {number} convention   its place in the list of four
 * @param {import('./types.js').Context} context
 */
export function createPanel(root, convention, { dispatch, getState, scale }) {
  const figure = find(root, '[data-part=axis]');
  const list = find(root, '[data-part=lines]');
  const sideSteppers = ['left', 'right'].map((name, side) =>
    createStepper(find(root, `[data-field=${name}]`), (value) => {
      const sides = /** @type {import('./types.js').Sides} */ (getState().parts.line.work.padding[convention].slice());
      sides[side] = value;
      dispatch({ type: 'line/padding', convention, sides });
    }),
  );
  const tiles = {
    signal: createTile({ label: 'Signal f', stage: 'signal' }),
    kernel: createTile({ label: 'Kernel g as it lies', stage: 'kernel' }),
    product: createTile({ label: 'Products', stage: 'product' }),
    output: createTile({ label: 'Output C', stage: 'output' }),
  };
  const labels = el('div', { class: 'axis-labels', 'aria-hidden': 'true' });
  const kernelLabels = el('div', { class: 'axis-labels', 'aria-hidden': 'true' });
  const outputLabels = el('div', { class: 'axis-labels', 'aria-hidden': 'true' });
  const band = el('span', { class: 'axis-band', 'aria-hidden': 'true' });
  const slides = [el('div', { class: 'slide' }, tiles.kernel.root, kernelLabels), el('div', { class: 'slide' }, tiles.product.root)];
  /** @param {string} name @param {...Node} content */
  const row = (name, ...content) => el('div', { class: 'axis-row', dataset: { row: name } }, el('i', { class: 'v', 'aria-hidden': 'true' }, name), ...content);
  const placed = { signal: el('div', { class: 'placed' }, tiles.signal.root), output: el('div', { class: 'placed' }, tiles.output.root, outputLabels) };
  figure.replaceChildren(band, labels, row('f', placed.signal), row('g', slides[0]), row('f·g', slides[1]), row('C', placed.output));

  /** The output at a place of its row, and the other way round: with i turned they run against each other. @param {number} place */
  const outputAt = (place) => (convention === MIRRORED ? replyOf(getState()).output.length - 1 - place : place);
  /** @param {number} step @param {string} [said] */
  const go = (step, said) => dispatch({ type: 'player/step', player: 'line', step, byHand: true, said });
  /** @param {number} output */
  function sentence(output) {
    const { index, terms, output: values } = replyOf(getState());
    return workedSentence(`C[${text(index[0][output])}]`, terms[output].map((term) => [term.input, term.kernel]), values[output]);
  }

  // the window that is nearest to where the pointer is; its middle follows the pointer
  listenForDrag(figure, tiles.signal, (_row, col) => {
    const reply = replyOf(getState());
    const [before] = getState().parts.line.shown.work.padding[convention];
    const distance = (/** @type {number} */ output) => Math.abs(startOf(reply, output) + before + reply.span[0] / 2 - col);
    go(nearest(reply.output.length, distance));
  });
  tiles.output.root.addEventListener('pointerdown', (event) => {
    const [, place] = tiles.output.placeOf(/** @type {HTMLElement} */ (event.target));
    if (place < 0) return;
    const output = outputAt(place);
    event.stopPropagation(); // its place stands for itself, not for a window above it
    go(output);
  });
  list.addEventListener('click', (event) => {
    const line = /** @type {HTMLElement} */ (event.target).closest('button');
    if (line) go(Number(line.dataset.output));
  });
  list.addEventListener('keydown', (event) => {
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const next = move ? lines[lines.findIndex((line) => line === document.activeElement) + move] : undefined;
    if (!next) return;
    event.preventDefault();
    go(Number(next.dataset.output));
    next.focus();
  });

  listenForArrows(tiles.output, (_row, place, event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    go(outputAt(place), sentence(outputAt(place)));
  });
  listenForArrows(tiles.product);
  listenForArrows(tiles.signal, (_row, col, event) => onEditKey(tiles.signal, 'signal', col, event));
  listenForArrows(tiles.kernel, (_row, col, event) => onEditKey(tiles.kernel, 'kernel', col, event));
  for (const name of /** @type {const} */ (['signal', 'kernel'])) {
    tiles[name].root.addEventListener('dblclick', (event) => edit(tiles[name], name, tiles[name].placeOf(/** @type {HTMLElement} */ (event.target))[1]));
  }

  /**
   * @param {import('../charts/tile.js').Tile} tile
   * @param {'signal'|'kernel'} name
   * @param {number} col
   * @param {KeyboardEvent} event
   */
  function onEditKey(tile, name, col, event) {
    const typed = /^[-−.\d]$/.test(event.key);
    if (!typed && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    edit(tile, name, col, typed ? event.key : undefined);
  }

  /**
   * @param {import('../charts/tile.js').Tile} tile
   * @param {'signal'|'kernel'} name
   * @param {number} col
   * @param {string} [first]
   */
  function edit(tile, name, col, first) {
    const cell = tile.cell(0, col);
    const index = Number(cell?.dataset.cell?.match(/\[(-?\d+)\]$/)?.[1]);
    const numbers = getState().parts.line.work[name];
    if (!cell || !(index >= 0 && index < numbers.length)) return; // the padding stays 0
    const close = () => cell.focus();
    openCellEditor(tile, 0, col, {
      label: `${name === 'signal' ? 'f' : 'g'}[${index}]`,
      value: numbers[index],
      first,
      onCommit: (value) => dispatch({ type: `line/${name}`, at: index, value }),
      onMove: (_down, right) => (tile.cell(0, col + right) ? edit(tile, name, col + right) : close()),
      onClose: close,
    });
  }

  /** @param {State} state */
  const replyOf = (state) => state.parts.line.shown.reply[convention];
  const address = (/** @type {string} */ stage, /** @type {number[]} */ ...index) => `c${convention}.${stage}${index.map((i) => `[${i}]`).join('')}`;

  /** @type {Convolution|null} */
  let drawn = null;
  let drawnLook = '';
  /** @type {import('../lib/colour.js').Scale|null} */
  let drawnScale = null;
  /** @type {HTMLButtonElement[]} */
  let lines = [];

  /** @param {Convolution} reply @param {Columns} columns @param {import('./types.js').LineWork} work */
  function shape(reply, { low, count }, work) {
    const { signal, kernel, stride, dilation } = work;
    const [before] = work.padding[convention];
    const all = (/** @type {number} */ length) => Array.from({ length: length - 1 }, (_, k) => k + 1);
    setAttribute(figure, 'data-size', count > COMPACT ? 'compact' : null);
    figure.style.setProperty('--columns', String(count));
    labels.replaceChildren(...Array.from({ length: count }, (_, k) => el('span', { class: low + k < 0 ? 'negative' : '' }, text(low + k))));
    tiles.signal.shape({
      rows: 1, cols: reply.padded.length,
      name: (_r, c) => address('signal', c - before),
      say: (_r, c) => `f[${text(c - before)}]${c < before || c >= before + signal.length ? ', padding' : ''}`,
    });
    placed.signal.style.setProperty('--at', String(-before - low));
    const lying = reply.terms[0].map((term) => term);
    lying.sort((a, b) => a.input_index[0] - b.input_index[0]);
    for (const tile of [tiles.kernel, tiles.product]) tile.root.style.setProperty('--window-gap', `calc(${dilation - 1} * (var(--cell) + 1px) - 1px)`);
    const colBreaks = dilation > 1 ? all(kernel.length) : [];
    tiles.kernel.shape({
      rows: 1, cols: kernel.length, colBreaks,
      name: (_r, c) => address('kernel', lying[c].kernel_index[0]),
      say: (_r, c) => `g[${lying[c].kernel_index[0]}]`,
    });
    kernelLabels.replaceChildren(...lying.map((term, k) => placedLabel(String(term.kernel_index[0]), k * dilation)));
    tiles.product.shape({
      rows: 1, cols: kernel.length, colBreaks,
      name: (_r, c) => address('product', c),
      say: (_r, c) => `Product under the window, place ${c}`,
    });
    tiles.output.root.style.setProperty('--window-gap', `calc(${stride - 1} * (var(--cell) + 1px) - 1px)`);
    tiles.output.shape({
      rows: 1, cols: reply.output.length, colBreaks: stride > 1 ? all(reply.output.length) : [],
      name: (_r, c) => address('output', outputAt(c)),
      say: (_r, c) => `C[${text(reply.index[0][outputAt(c)])}]`,
    });
    const indices = reply.index[0].map((_, place) => reply.index[0][outputAt(place)]);
    indices.forEach((i, place) => tiles.output.cell(0, place)?.setAttribute('data-index', String(i)));
    placed.output.style.setProperty('--at', String((convention === MIRRORED ? -indices[0] : indices[0]) - low));
    outputLabels.replaceChildren(...indices.map((i, place) => placedLabel(text(i), place * stride)));
    band.style.setProperty('--span', String(reply.span[0]));
  }

  /** @param {string} label @param {number} column */
  function placedLabel(label, column) {
    const node = el('span', { class: label.startsWith(MINUS) ? 'negative' : '' }, label);
    node.style.gridColumn = String(column + 1);
    return node;
  }

  /** @param {Convolution} reply */
  function writeLines(reply) {
    lines = reply.output.map((/** @type {number} */ value, /** @type {number} */ output) =>
      el(
        'button',
        { type: 'button', class: 'line', tabindex: -1, dataset: { output } },
        ...workedLines({
          name: indexed('C', [reply.index[0][output]]),
          value,
          terms: reply.terms[output].map((term, k) => ({
            factors: [
              { symbol: indexed('f', term.input_index), value: term.input },
              { symbol: indexed('g', term.kernel_index), value: term.kernel },
            ],
            value: term.product,
            padded: term.padded,
            cell: address('term', output, k),
          })),
        }),
      ),
    );
    list.replaceChildren(...lines.map((line) => el('li', {}, line)));
  }

  return {
    /** @param {State} state @param {Columns} columns */
    update(state, columns) {
      const { work, shown } = state.parts.line;
      work.padding[convention].forEach((zeros, side) => sideSteppers[side].update(zeros));
      const reply = replyOf(state);
      const player = state.players.line;
      const step = Math.min(player.step, reply.output.length - 1);
      const filling = player.filling;
      const paints = scale();
      const look = [step, filling, player.playing, player.speed, columns.low, columns.count].join();
      if (reply === drawn && look === drawnLook && paints === drawnScale) return;
      const fresh = reply !== drawn;
      if (fresh || !drawnLook.endsWith(`${columns.low},${columns.count}`)) shape(reply, columns, shown.work);
      if (fresh) writeLines(reply);
      drawn = reply;
      drawnLook = look;
      drawnScale = paints;

      const [before] = shown.work.padding[convention];
      const { signal } = shown.work;
      const options = { scale: paints, decimals: 2 };
      const never = new Set(reply.never_covered[0]);
      tiles.signal.update([reply.padded], {
        ...options,
        ghost: (_r, c) => c < before || c >= before + signal.length,
        spare: (_r, c) => never.has(c - before),
      });
      const terms = reply.terms[step].map((term) => term).sort((a, b) => a.input_index[0] - b.input_index[0]);
      tiles.kernel.update([terms.map((term) => term.kernel)], options);
      tiles.product.update([terms.map((term) => term.product)], { ...options, ghost: (_r, c) => terms[c].padded });
      const outputs = reply.output.map((/** @type {number} */ _, /** @type {number} */ place) => reply.output[outputAt(place)]);
      tiles.output.update([outputs], { ...options, later: (_r, place) => filling && outputAt(place) > step });
      tiles.output.mark({ r0: 0, c0: outputAt(step), r1: 0, c1: outputAt(step) });
      figure.style.setProperty('--slide', `${slideTime(player)}ms`);
      setAttribute(figure, 'data-playing', player.playing ? '' : null);
      const at = String(startOf(reply, step) - columns.low);
      for (const node of [...slides, band]) node.style.setProperty('--at', at);
      lines.forEach((line, output) => {
        setAttribute(line, 'aria-current', output === step ? 'true' : null);
        setAttribute(line, 'data-later', filling && output > step ? '' : null);
        if (output === step || line.tabIndex === 0) line.tabIndex = output === step ? 0 : -1;
      });
      requestAnimationFrame(() => bringIntoView(list, lines[step])); // measured once everything is written
    },
  };
}

/** Scroll a list, and nothing around it. @param {HTMLElement} list @param {HTMLElement|undefined} line */
function bringIntoView(list, line) {
  if (!line || list.scrollHeight <= list.clientHeight) return;
  const top = /** @type {HTMLElement} */ (line.parentElement).offsetTop; // measured from the list
  const above = top < list.scrollTop;
  if (above || top + line.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - (list.clientHeight - line.offsetHeight) / 2;
}

/** The index with the smallest distance. @param {number} count @param {(at: number) => number} distance */
export function nearest(count, distance) {
  let best = 0;
  for (let at = 1; at < count; at++) if (distance(at) < distance(best)) best = at;
  return best;
}
