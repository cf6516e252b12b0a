// @ts-check
/** The network, left to right: drawing, filters, dense, softmax; one active cell whose origin lights up through all stages. */
import { slideTime } from '../charts/player.js';
import { createScaleChart } from '../charts/scale.js';
import { parseAddress } from '../lib/address.js';
import { find, setAttribute, setEnabled, setText } from '../lib/dom.js';
import { filterLetter, formatExact, formatNumber } from '../lib/format.js';
import { ACTIVATIONS, filterCount, kernelSize, mapSizes, settingsOf, STAGE, stages } from '../lib/network.js';
import { originOf } from '../lib/origin.js';
import { createDense } from './dense.js';
import { createDrawing } from './drawing.js';
import { createFilter } from './filter.js';
import { createSoftmax } from './softmax.js';
import { filterOf, neighbour } from './moves.js';
import { createWires } from './wires.js';

/** @typedef {import('../lib/types.js').State} State */

const ROOMY = { filters: 4, rows: 3 }; // up to this, every row has room for its numbers
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} context
 * @returns {import('../lib/types.js').View}
 */
export function createNetwork(root, context) {
  const { dispatch, getState, scale } = context;
  const drawingRoot = find(root, '[data-part=drawing]');
  const drawing = createDrawing(drawingRoot, context);
  const denseRoot = find(root, '[data-part=dense]');
  const filterList = find(root, '[data-part=filters]');
  const dense = createDense(denseRoot, context);
  const softmax = createSoftmax(denseRoot);
  const wires = createWires(/** @type {any} */ (find(root, '[data-part=wires]')), root);
  const legend = createScaleChart(/** @type {any} */ (find(root, '[data-part=scale]')));
  const readout = find(root, '[data-part=readout]');
  const count = find(root, '[data-part=filter-count]');
  const add = find(root, '[data-part=add-filter]');
  const remove = find(root, '[data-part=remove-filter]');
  const heads = {
    kernel: find(root, '[data-part=kernel-head]'),
    activation: find(root, '[data-part=activation-head]'),
    formula: find(root, '[data-part=activation-formula]'),
    pool: find(root, '[data-part=pool-head]'),
    poolShape: find(root, '[data-part=pool-formula]'),
    bias: find(root, '[data-part=conv-bias]'),
  };
  const keys = { cut: find(root, '[data-part=key-cut]'), wins: find(root, '[data-part=key-wins]') };
  const decimals = /** @type {HTMLButtonElement[]} */ (Array.from(root.querySelectorAll('button[data-decimals]')));
  /** @type {import('./filter.js').FilterView[]} */
  const filters = [];
  let wired = '';
  /** @type {Parameters<typeof wires.draw>[0]|null} */
  let wiring = null;
  let frame = 0;
  /** @type {string|null} */
  let under = null;
  let hovering = 0;

  add.addEventListener('click', () => dispatch({ type: 'filter/add' }));
  remove.addEventListener('click', () => dispatch({ type: 'filter/remove', filter: filters.length - 1 }));
  for (const button of decimals) {
    button.addEventListener('click', () => dispatch({ type: 'view/decimals', decimals: Number(button.value) }));
  }

  /** @param {Event} event @returns {HTMLElement|null} */
  const cellOf = (event) => /** @type {HTMLElement} */ (event.target).closest('[data-cell]');

  /** @param {Event} event */
  function onOver(event) {
    // a pressed mouse draws: the grid has caught the pointer, which would seem to leave its pixel and to come back
    if (event instanceof PointerEvent && event.pointerType === 'mouse' && event.buttons) return;
    hover(cellOf(event)?.dataset.cell ?? null);
  }
  const onLeave = () => hover(null);

  /** Once a frame: a press with the mouse leaves its pixel and comes back to it twice, as the grid catches the pointer. @param {string|null} cell */
  function hover(cell) {
    under = cell;
    hovering ||= requestAnimationFrame(() => {
      hovering = 0;
      dispatch({ type: 'cell/hover', cell: under });
      queueMicrotask(() => frame && drawWires()); // after the update that this brings; in this frame, not in one of their own
    });
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    const cell = cellOf(event);
    const name = cell?.dataset.cell;
    if (!cell || !name) return;
    const filter = filterOf(getState(), name);
    if (filter !== null && !filters[filter]) return; // a cell of a filter that was just removed
    const wasLarge = filter === null || filters[filter].root.dataset.size === 'large';
    if (parseAddress(name).stage !== 'input') select(name.replace('gradient.', '')); // a press on a pixel draws
    if (filter !== null && wasLarge) filters[filter].edit(name);
    if (filter !== null && !name.startsWith('conv.')) cell.focus();
  }

  /** @param {string} name */
  function select(name) {
    dispatch({ type: 'cell/select', cell: name });
    const filter = filterOf(getState(), name);
    if (filter !== null) dispatch({ type: 'filter/focus', filter });
  }

  /** Arrow keys inside tiles and across their borders; Enter or a digit edits a weight. @param {KeyboardEvent} event */
  function onKey(event) {
    const cell = cellOf(event);
    const name = cell?.dataset.cell;
    if (!cell || !name || event.ctrlKey || event.metaKey || event.altKey || parseAddress(name).stage === 'input') return;
    if (event.key in ARROWS) {
      const [dr, dc] = ARROWS[event.key];
      const next = neighbour(root, getState(), name, dr, dc);
      if (next) {
        event.preventDefault();
        next.setAttribute('tabindex', '0');
        next.focus();
      }
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      select(name.replace('gradient.', ''));
      const filter = filterOf(getState(), name);
      if (filter !== null) filters[filter]?.edit(name);
    } else if (/^[-−.\d]$/.test(event.key)) {
      const filter = filterOf(getState(), name);
      if (filter !== null && filters[filter]?.edit(name, event.key)) event.preventDefault();
    }
  }

  root.addEventListener('pointerover', onOver);
  root.addEventListener('pointerleave', onLeave);
  root.addEventListener('focusin', onOver);
  root.addEventListener('focusout', onLeave);
  root.addEventListener('click', onClick);
  root.addEventListener('keydown', onKey);

  /** Marks where the active cell comes from and where it goes, in the tiles now, by wires with the next frame. @param {State} state */
  function markOrigin(state) {
    if (!state.shown) return;
    const sizes = { ...mapSizes(state.shown.trace), input: /** @type {[number, number]} */ ([5, 5]) };
    const { network } = state.shown.work;
    const active = state.hover ?? state.selected;
    const origin = originOf(active, network, sizes);
    const goesOn = passedOn(state.shown.trace, origin);
    const key = [active, goesOn, state.player.playing, state.focus, filters.length, JSON.stringify(sizes), kernelSize(network)].join(';');
    if (key === wired) return;
    wired = key;
    const corners = drawing.mark(origin.input, slideTime(state.player));
    for (const view of filters) view.mark(origin, goesOn);
    dense.mark(origin, sizes.perFilter, goesOn);
    wiring = { drawing: drawingRoot, filters, group: dense.group, origin, corners };
    // measuring forces a layout, so it waits until all that this frame changes has been changed
    frame ||= requestAnimationFrame(drawWires);
  }

  function drawWires() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (wiring) wires.draw(wiring);
  }

  const observer = new ResizeObserver(drawWires);
  observer.observe(root);

  /** @param {State} state */
  function updateHeads({ work }) {
    const { activation, pool } = stages(work.network);
    const { kernel, pooling } = settingsOf(work.network);
    const known = ACTIVATIONS.find((a) => a.type === activation.type);
    const biased = Boolean(work.parameters.conv.bias);
    setText(heads.kernel, `${kernel} × ${kernel}${biased ? ', with a bias b' : ''}`);
    heads.bias.hidden = !biased;
    keys.cut.hidden = activation.type !== 'relu';
    keys.wins.hidden = pooling !== 'max_pool2d';
    setText(heads.activation, known?.name ?? activation.type);
    setText(heads.formula, known?.formula ?? '');
    setText(heads.pool, pooling === 'max_pool2d' ? 'Max-pool' : 'Average');
    setText(heads.poolShape, `${pool.kernel_size[0]} × ${pool.kernel_size[1]}, stride ${(pool.stride ?? pool.kernel_size)[0]}`);
  }

  /** @param {State} state */
  function updateReadout(state) {
    const plain = (state.hover ?? state.selected).replace('gradient.', '');
    const backward = state.direction === 'backward' && !plain.startsWith('input') && !plain.startsWith('probabilities');
    const name = backward ? `gradient.${plain}` : plain;
    const value = /** @type {HTMLElement|null} */ (root.querySelector(`[data-cell="${name}"]`))?.dataset.value;
    const title = `${backward ? '∂L by ' : ''}${spoken(plain)}`;
    setText(readout, value === undefined ? '' : `${title} = ${formatNumber(Number(value), 3)}`);
    setAttribute(readout, 'title', value === undefined ? null : `${title} = ${formatExact(Number(value))}`);
  }

  return {
    update(state) {
      drawing.update(state);
      const wanted = filterCount(state.work.network);
      while (filters.length > wanted) filters.pop()?.root.remove();
      while (filters.length < wanted) {
        const view = createFilter(filters.length, context);
        filters.push(view);
        filterList.append(view.root);
      }
      const sizes = state.shown ? mapSizes(state.shown.trace) : null;
      const [kernelRows] = kernelSize(state.work.network);
      const tallest = Math.max(kernelRows, sizes?.conv.rows ?? 0);
      const roomy = wanted <= ROOMY.filters && tallest <= ROOMY.rows;
      setAttribute(root, 'data-filters', String(wanted));
      setAttribute(root, 'data-kernel', String(kernelRows));
      if (sizes) {
        setAttribute(root, 'data-map', String(sizes.conv.rows));
        setAttribute(root, 'data-pool', String(sizes.pool.rows));
      }
      setAttribute(root, 'data-room', roomy ? 'roomy' : 'focus');
      setAttribute(root, 'data-direction', state.direction);
      filters.forEach((view, filter) => view.update(state, roomy || filter === state.focus));
      dense.update(state, roomy);
      softmax.update(state);
      legend.update(scale());
      setText(count, String(wanted));
      setEnabled(add, wanted < state.catalogue.limits.filters);
      setEnabled(remove, wanted > 1);
      for (const button of decimals) setAttribute(button, 'aria-pressed', String(Number(button.value) === state.decimals));
      updateHeads(state);
      updateReadout(state);
      markOrigin(state);
    },
    destroy() {
      observer.disconnect();
      cancelAnimationFrame(frame);
      cancelAnimationFrame(hovering);
      drawing.destroy();
    },
  };
}

/**
 * Whether a map cell's number reaches the dense layer: averaged always, the maximum only from the winner.
 * @param {import('../lib/types.js').Trace} trace
 * @param {import('../lib/origin.js').Origin} origin
 */
function passedOn(trace, { ahead, filter }) {
  if (!ahead || filter === null) return false;
  const { winners } = trace.layers[STAGE.pool];
  return winners?.[filter] ? winners[filter][ahead.relu.r0][ahead.relu.c0] : true;
}

/** @type {Record<string, string>} */
const STAGE_NAMES = {
  input: 'Pixel', 'conv.weight': 'Kernel', 'conv.bias': 'Bias', conv: 'Feature map', relu: 'Activation', pool: 'Pooled', flatten: 'Flattened',
  'dense.weight': 'Dense weight', 'dense.bias': 'Dense bias', logits: 'Score', probabilities: 'Probability',
};

/** An address in words. @param {string} name */
function spoken(name) {
  const { stage, index } = parseAddress(name);
  const title = STAGE_NAMES[stage] ?? stage;
  const place = (/** @type {number} */ r, /** @type {number} */ c) => `${r},${c}`;
  if (stage === 'input') return `${title} ${place(index[0], index[1])}`;
  if (stage === 'conv.bias') return `${title} ${filterLetter(index[0])}`;
  if (stage === 'conv.weight') return `${title} ${filterLetter(index[0])} ${place(index[2], index[3])}`;
  if (['conv', 'relu', 'pool'].includes(stage)) return `${title} ${filterLetter(index[0])} ${place(index[1], index[2])}`;
  if (stage === 'dense.weight') return `${title} from feature ${index[0]} to digit ${index[1]}`;
  return stage === 'flatten' ? `Feature ${index[0]}` : `${title} of digit ${index[0]}`;
}
