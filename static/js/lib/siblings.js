// @ts-check
/** The cells of one tile in reading order: the positions that the player goes through. */
import { address, parseAddress } from './address.js';
import { kernelSize } from './network.js';

const DIGITS = 10;

/**
 * @param {string} cell  address without `gradient.`
 * @param {import('./types.js').NetworkSpec} network
 * @param {import('./origin.js').Sizes} sizes
 * @returns {string[]}
 */
export function siblings(cell, network, sizes) {
  const { stage, index } = parseAddress(cell);
  const grid = (/** @type {number} */ rows, /** @type {number} */ cols, /** @type {number[]} */ lead) =>
    Array.from({ length: rows * cols }, (_, i) => address(stage, ...lead, Math.floor(i / cols), i % cols));
  switch (stage) {
    case 'input':
      return grid(sizes.input[0], sizes.input[1], []);
    case 'conv.weight':
      return grid(...kernelSize(network), index.slice(0, 2));
    case 'conv':
    case 'relu':
      return grid(sizes.conv.rows, sizes.conv.cols, [index[0]]);
    case 'pool':
      return grid(sizes.pool.rows, sizes.pool.cols, [index[0]]);
    case 'flatten': {
      const first = Math.floor(index[0] / sizes.perFilter) * sizes.perFilter;
      return Array.from({ length: sizes.perFilter }, (_, i) => address(stage, first + i));
    }
    case 'dense.weight':
      return Array.from({ length: DIGITS }, (_, d) => address(stage, index[0], d));
    case 'dense.bias':
    case 'logits':
    case 'probabilities':
      return Array.from({ length: DIGITS }, (_, d) => address(stage, d));
    default:
      return [cell];
  }
}
