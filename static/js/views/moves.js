// @ts-check
/** Where the arrow keys lead: from cell to cell, and across the borders of tiles to the stage or filter beside. */
import { address, parseAddress } from '../lib/address.js';
import { filterCount, kernelSize, mapSizes } from '../lib/network.js';

/** @typedef {import('../lib/types.js').State} State */

const ORDER = ['input', 'conv.weight', 'conv', 'relu', 'pool', 'flatten', 'dense.weight'];
const DIGIT_LINES = ['dense.bias', 'logits', 'probabilities']; // below the dense weights, digit by digit

/**
 * The filter a cell belongs to.
 * @param {State} state
 * @param {string} name
 * @returns {number|null}
 */
export function filterOf({ shown }, name) {
  const { stage, index } = parseAddress(name);
  if (!shown || stage === 'input') return null;
  if (stage === 'flatten' || stage === 'dense.weight') return Math.floor(index[0] / mapSizes(shown.trace).perFilter);
  return ['conv', 'conv.weight', 'conv.bias', 'relu', 'pool'].includes(stage) ? index[0] : null;
}

/**
 * The next cell in a direction: in the same tile, else in the stage or filter beside it.
 * @param {ParentNode} root
 * @param {State} state
 * @param {string} name
 * @param {number} dr
 * @param {number} dc
 * @returns {HTMLElement|null}
 */
export function neighbour(root, state, name, dr, dc) {
  const { stage, index, backward } = parseAddress(name);
  const at = (/** @type {string} */ s, /** @type {number[]} */ i) =>
    /** @type {HTMLElement|null} */ (root.querySelector(`[data-cell="${backward ? 'gradient.' : ''}${address(s, ...i)}"]`));
  const rank = index.length;
  const lastRow = (/** @type {number} */ digit) => at('dense.weight', [state.work.parameters.dense.weight.length - 1, digit]);
  const moved = index.slice();
  if (DIGIT_LINES.includes(stage)) {
    moved[0] += dc;
    if (dr === 0) return at(stage, moved);
    const line = DIGIT_LINES[DIGIT_LINES.indexOf(stage) + dr];
    if (line) return at(line, moved);
    return dr < 0 ? lastRow(index[0]) : null;
  } else if (stage === 'flatten') {
    moved[0] += dr;
    if (dc === 0) return at(stage, moved);
  } else {
    moved[rank - 2] += dr;
    moved[rank - 1] += dc;
    const inside = at(stage, moved);
    if (inside) return inside;
  }
  if (stage === 'dense.weight' && dr > 0) return at(DIGIT_LINES[0], [index[1]]);
  const filter = filterOf(state, name);
  const { shown } = state;
  if (filter === null || !shown) return null;
  const { conv, pool, perFilter } = mapSizes(shown.trace);
  const [kernelRows, kernelCols] = kernelSize(shown.work.network);
  /** @type {Record<string, [number, number]>} */
  const sizes = { 'conv.weight': [kernelRows, kernelCols], conv: [conv.rows, conv.cols], relu: [conv.rows, conv.cols], pool: [pool.rows, pool.cols] };
  const row = stage === 'flatten' || stage === 'dense.weight' ? 0 : index[rank - 2];
  if (dr !== 0) {
    const [rows] = sizes[stage] ?? [0];
    const other = filter + dr;
    if (!rows || other < 0 || other >= filterCount(state.work.network)) return null;
    const lead = stage === 'conv.weight' ? [other, 0] : [other];
    return at(stage, [...lead, dr > 0 ? 0 : rows - 1, index[rank - 1]]);
  }
  const next = ORDER[ORDER.indexOf(stage) + dc];
  if (!next || next === 'input') return null;
  if (next === 'dense.weight') return at(next, [index[0], 0]);
  if (next === 'flatten') return at(next, [stage === 'dense.weight' ? index[0] : filter * perFilter + row * pool.cols]);
  const [rows, cols] = sizes[next];
  const lead = next === 'conv.weight' ? [filter, 0] : [filter];
  const place = stage === 'flatten' ? Math.floor((index[0] % perFilter) / pool.cols) : row;
  return at(next, [...lead, Math.min(place, rows - 1), dc > 0 ? 0 : cols - 1]);
}
