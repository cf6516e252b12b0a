// @ts-check
/** Output size: the formula with the present numbers, the cells that no window reads, and what a chain of layers does. */
import { display, fraction, math, row, sub } from '../charts/formula.js';
import { el, find, icon, setAttribute, setEnabled, setText, svg } from '../lib/dom.js';
import { MINUS } from '../lib/format.js';
import { createStepper, stepperElement } from './controls.js';
import { MAX_LAYERS } from './state.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').AxisLayer} AxisLayer */
/** @typedef {import('../lib/types.js').LayerSize} LayerSize */

const UNIT = 18; // of the drawing, one cell
const LANES = 4; // windows that overlap lie below each other

/** @type {{name: string, of: (layer: AxisLayer) => number, change: (layer: AxisLayer, value: number) => Partial<AxisLayer>, min: number, max: number}[]} */
const FIELDS = [
  { name: 'Kernel', min: 1, max: 12, of: (layer) => layer.kernel_size, change: (_, kernel_size) => ({ kernel_size }) },
  { name: 'Stride', min: 1, max: 6, of: (layer) => layer.stride, change: (_, stride) => ({ stride }) },
  { name: 'Zeros before', min: 0, max: 12, of: (layer) => layer.padding[0], change: ({ padding }, value) => ({ padding: [value, padding[1]] }) },
  { name: 'Zeros after', min: 0, max: 12, of: (layer) => layer.padding[1], change: ({ padding }, value) => ({ padding: [padding[0], value] }) },
  { name: 'Dilation', min: 1, max: 6, of: (layer) => layer.dilation, change: (_, dilation) => ({ dilation }) },
];

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 * @returns {import('./types.js').View}
 */
export function createSize(root, { dispatch, getState }) {
  const size = createStepper(find(root, '[data-field=size]'), (value) => dispatch({ type: 'part/change', part: 'size', change: { size: value } }));
  const list = find(root, '[data-part=layers]');
  const add = find(root, '[data-do=add-layer]');
  const problem = find(root, '[data-part=problem]');
  const formula = find(root, '[data-part=formula]');
  const facts = find(root, '[data-part=facts]');
  const heading = find(root, '[data-part=formula-heading]');
  const same = find(root, '[data-do=same-size]');
  add.addEventListener('click', () => dispatch({ type: 'size/add' }));
  same.addEventListener('click', () => {
    const { layer, parts } = getState();
    dispatch({ type: 'size/layer', layer, change: { padding: parts.size.shown.reply.layers[layer].same_padding, stride: 1, ceil_mode: false } });
  });

  /** @type {ReturnType<typeof createRow>[]} */
  const rows = [];

  /** @param {number} layer */
  function createRow(layer) {
    const change = (/** @type {Partial<AxisLayer>} */ part) => dispatch({ type: 'size/layer', layer, change: part });
    const present = () => getState().parts.size.work.layers[layer];
    const steppers = FIELDS.map((field) => {
      const element = stepperElement(`${field.name} of layer ${layer + 1}`, { min: field.min, max: field.max, value: field.min });
      const stepper = createStepper(element, (value) => change(field.change(present(), value)));
      return { element: el('span', { class: 'choice' }, el('span', { class: 'choice-label', 'aria-hidden': 'true' }, field.name), element), stepper, of: field.of };
    });
    const rounding = ['floor', 'ceil'].map((name) => el('button', { type: 'button', onclick: () => change({ ceil_mode: name === 'ceil' }) }, name));
    const title = el('button', { type: 'button', class: 'layer-name', onclick: () => dispatch({ type: 'size/select', layer }) }, `Layer ${layer + 1}`);
    const sizes = el('span', { class: 'layer-sizes' });
    const remove = el(
      'button',
      { type: 'button', class: 'btn quiet icon small', 'aria-label': `Remove layer ${layer + 1}`, title: 'Remove this layer', onclick: () => dispatch({ type: 'size/remove', layer }) },
      icon('cross'),
    );
    const drawing = el('div', { class: 'layer-drawing' });
    const element = el(
      'li',
      { class: 'layer' },
      el('div', { class: 'layer-head' }, title, sizes, remove),
      el(
        'div',
        { class: 'layer-fields' },
        ...steppers.map((s) => s.element),
        el('span', { class: 'choice' }, el('span', { class: 'choice-label', 'aria-hidden': 'true' }, 'Rounding'), el('span', { class: 'segment', role: 'group', 'aria-label': `Rounding of layer ${layer + 1}` }, ...rounding)),
      ),
      drawing,
    );
    /** @type {LayerSize|null} */
    let drawn = null;
    return {
      element,
      /** @param {AxisLayer} spec @param {LayerSize|undefined} found @param {AxisLayer|undefined} shown @param {boolean} chosen @param {boolean} alone */
      update(spec, found, shown, chosen, alone) {
        for (const { stepper, of } of steppers) stepper.update(of(spec));
        rounding.forEach((button) => setAttribute(button, 'aria-pressed', String((button.textContent === 'ceil') === spec.ceil_mode)));
        setAttribute(title, 'aria-pressed', String(chosen));
        setAttribute(element, 'data-chosen', chosen ? '' : null);
        setAttribute(remove, 'disabled', alone ? '' : null);
        if (!found || !shown || found === drawn) return;
        drawn = found;
        sizes.replaceChildren(number(`size[${layer}]`, found.input_size, layer > 0), ' → ', number(`size[${layer + 1}]`, found.output_size));
        drawing.replaceChildren(drawWindows(found, shown));
      },
    };
  }

  return {
    update(state) {
      const { work, shown, problem: refusal } = state.parts.size;
      size.update(work.size);
      setText(problem, refusal ? refusal.detail : '');
      setAttribute(root, 'data-stale', refusal ? '' : null);
      setEnabled(add, work.layers.length < MAX_LAYERS);
      while (rows.length > work.layers.length) rows.pop()?.element.remove();
      while (rows.length < work.layers.length) {
        const created = createRow(rows.length);
        rows.push(created);
        list.append(created.element);
      }
      rows.forEach((view, at) => view.update(work.layers[at], shown.reply.layers[at], shown.work.layers[at], at === state.layer, work.layers.length === 1));
      const layer = Math.min(state.layer, shown.reply.layers.length - 1);
      const [spec, found] = [shown.work.layers[layer], shown.reply.layers[layer]];
      setText(heading, `Layer ${layer + 1}`);
      formula.replaceChildren(...workedSize(spec, found));
      facts.replaceChildren(...factsOf(spec, found, shown.reply.sizes[0]).map((said) => el('li', {}, said)));
      const [before, after] = found.same_padding;
      const isSame = spec.padding[0] === before && spec.padding[1] === after && spec.stride === 1 && !spec.ceil_mode;
      setEnabled(same, !isSame);
    },
    destroy() {},
  };
}

/** A size, with its address where it is new: a chain's sizes stand once each. @param {string} cell @param {number} value @param {boolean} [repeated] */
const number = (cell, value, repeated = false) => el('b', repeated ? {} : { dataset: { cell, value: String(value) } }, value);

/** @param {AxisLayer} spec @param {LayerSize} found @returns {HTMLElement[]} */
function workedSize({ stride, padding, dilation, ceil_mode, kernel_size }, { input_size, output_size, span }) {
  const [open, close] = ceil_mode ? ['⌈', '⌉'] : ['⌊', '⌋'];
  const text = (/** @type {string} */ name) => sub('S', name);
  const zeros = row(`${padding[0]}`, '+', `${padding[1]}`);
  const lines = [
    el('p', {}, display(text('c'), '=', open, fraction(row(text('f'), '−', text('g'), '+', '2', 'P'), 'S'), close, '+', '1')),
    el('p', {}, display(text('c'), '=', open, fraction(row(`${input_size}`, '−', `${span}`, '+', zeros), `${stride}`), close, '+', '1', '=', `${output_size}`)),
  ];
  if (dilation > 1) {
    lines.push(el('p', { class: 'aside' }, 'A dilated kernel counts from its first cell to its last: ', math(text('g'), '=', `${dilation}`, '(', `${kernel_size}`, '−', '1', ')', '+', '1', '=', `${span}`)));
  }
  return lines;
}

/** @param {AxisLayer} spec @param {LayerSize} found @param {number} first size of the chain's input */
function factsOf(spec, found, first) {
  const cells = (/** @type {number} */ n) => `${n} ${n === 1 ? 'cell' : 'cells'}`;
  const said = [];
  if (found.left_over > 0) said.push(`The floor throws away ${cells(found.left_over)} at the end: no window reads ${found.left_over === 1 ? 'it' : 'them'}.`);
  else if (found.left_over < 0) said.push(`The last window reaches ${cells(-found.left_over)} beyond the end: it is partial, and ceil keeps it.`);
  else said.push('The division leaves no remainder: the last window ends at the last cell.');
  if (found.never_covered.length) said.push(`Never covered: ${found.never_covered.map((i) => (i < 0 ? MINUS : '') + Math.abs(i)).join(', ')} (hatched).`);
  const [before, after] = found.same_padding;
  said.push(`“Same” takes ${before} ${before === 1 ? 'zero' : 'zeros'} before and ${after} after, at stride 1: ${found.input_size} → ${found.input_size}.`);
  if (spec.padding[0] !== spec.padding[1]) said.push('With unequal sides, 2P is their sum.');
  said.push(
    found.receptive_field > first
      ? `One output of this layer follows from all ${first} of the first input, and from padding.`
      : `One output of this layer follows from ${found.receptive_field} of the first ${first}; neighbours lie ${found.receptive_step} apart.`,
  );
  return said;
}

/**
 * The padded input as cells, and each window as a bar below what it reads.
 * @param {LayerSize} found
 * @param {AxisLayer} spec
 */
function drawWindows(found, { padding: [before], dilation, kernel_size }) {
  const never = new Set(found.never_covered);
  const width = Math.max(found.padded_size, found.padded_size - found.left_over) * UNIT;
  const lanes = Math.min(LANES, found.starts.length);
  const cells = Array.from({ length: found.padded_size }, (_, k) => {
    const at = k - before;
    const kind = at < 0 || at >= found.input_size ? 'ghost' : '';
    return svg('rect', { class: `unit ${kind} ${never.has(at) ? 'spare' : ''}`, x: k * UNIT + 1, y: 1, width: UNIT - 2, height: UNIT - 2, rx: 1.5 });
  });
  const crosses = found.never_covered.map((at) => svg('path', { class: 'unread', d: `M${(at + before) * UNIT + 3} ${UNIT - 3}l${UNIT - 6} ${6 - UNIT}` }));
  const windows = found.starts.map((start, k) => {
    const [x, y] = [(start + before) * UNIT, UNIT + 5 + (k % lanes) * 5];
    const taps = Array.from({ length: dilation > 1 ? kernel_size : 0 }, (_, tap) => svg('circle', { class: 'tap', cx: x + (tap * dilation + 0.5) * UNIT, cy: y, r: 2.4 }));
    return svg('g', { class: 'reach' }, svg('path', { d: `M${x + 3} ${y}h${found.span * UNIT - 6}` }), ...taps);
  });
  const height = UNIT + 5 + lanes * 5;
  const said = `${found.input_size} cells${found.padded_size > found.input_size ? `, padded to ${found.padded_size}` : ''}, ${found.starts.length} windows of ${found.span}`;
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': said }, ...cells, ...crosses, ...windows);
}
