// @ts-check
/**
 * Where a number comes from: for one cell, the rectangle of every stage that it was made of.
 * Index geometry only; no value is computed here.
 */
import { parseAddress } from './address.js';
import { STAGE, stages, windowOf } from './network.js';

/** @typedef {import('./types.js').NetworkSpec} NetworkSpec */
/** @typedef {{r0: number, c0: number, r1: number, c1: number}} Rect  inclusive, clipped to the stage */
/**
 * @typedef {object} Origin
 * @property {number|null} filter
 * @property {Rect|null} input
 * @property {Rect|null} kernel
 * @property {Rect|null} conv
 * @property {Rect|null} relu
 * @property {Rect|null} pool
 * @property {number|null} feature   index in the flattened vector
 * @property {number|null} digit     column of the dense layer
 * @property {boolean} whole         made of every cell of every earlier stage
 * @property {Ahead|null} ahead      for a cell of a map: where its number goes
 */
/** @typedef {{relu: Rect, pool: Rect|null, feature: number|null}} Ahead  the first pooling window over a cell, and its feature */

/** @typedef {{input: [number, number], conv: {rows: number, cols: number}, pool: {rows: number, cols: number}, perFilter: number}} Sizes */

/** @returns {Origin} */
const nothing = () => ({ filter: null, input: null, kernel: null, conv: null, relu: null, pool: null, feature: null, digit: null, whole: false, ahead: null });

/** @param {number} r @param {number} c @returns {Rect} */
const cell = (r, c) => ({ r0: r, c0: c, r1: r, c1: c });

/**
 * The cells of the previous stage under a rectangle of outputs.
 * @param {import('./types.js').LayerSpec} layer
 * @param {Rect} rect
 * @param {number} rows of the previous stage
 * @param {number} cols
 * @returns {Rect|null} null when only padding is covered
 */
function under(layer, rect, rows, cols) {
  const r0 = Math.max(0, windowOf(layer, 0, rect.r0)[0]);
  const c0 = Math.max(0, windowOf(layer, 1, rect.c0)[0]);
  const r1 = Math.min(rows - 1, windowOf(layer, 0, rect.r1)[1]);
  const c1 = Math.min(cols - 1, windowOf(layer, 1, rect.c1)[1]);
  return r0 > r1 || c0 > c1 ? null : { r0, c0, r1, c1 };
}

/**
 * Where a cell of a feature map goes.
 * @param {import('./types.js').LayerSpec} pool
 * @param {Sizes} sizes
 * @param {number} filter
 * @param {number} r
 * @param {number} c
 * @returns {Ahead}
 */
function aheadOf(pool, sizes, filter, r, c) {
  const over = (/** @type {0|1} */ axis, /** @type {number} */ count, /** @type {number} */ at) =>
    Array.from({ length: count }, (_, i) => i).find((i) => {
      const [first, last] = windowOf(pool, axis, i);
      return first <= at && at <= last;
    });
  const row = over(0, sizes.pool.rows, r);
  const col = over(1, sizes.pool.cols, c);
  const found = row !== undefined && col !== undefined;
  return {
    relu: cell(r, c),
    pool: found ? cell(row, col) : null,
    feature: found ? filter * sizes.perFilter + row * sizes.pool.cols + col : null,
  };
}

/**
 * @param {string} text address of the cell
 * @param {NetworkSpec} network
 * @param {Sizes} sizes
 * @returns {Origin}
 */
export function originOf(text, network, sizes) {
  const origin = nothing();
  const { stage, index } = parseAddress(text);
  const { conv, pool } = stages(network);
  const [rows, cols] = sizes.input;
  const kernel = { r0: 0, c0: 0, r1: conv.kernel_size[0] - 1, c1: conv.kernel_size[1] - 1 };

  /** @param {Rect} maps */
  const fromConv = (maps) => {
    origin.conv = maps;
    origin.kernel ??= kernel;
    origin.input = under(conv, maps, rows, cols);
  };
  /** @param {number} r @param {number} c */
  const fromPool = (r, c) => {
    origin.pool = cell(r, c);
    origin.relu = under(pool, origin.pool, sizes.conv.rows, sizes.conv.cols);
    if (origin.relu) fromConv(origin.relu);
  };
  /** @param {number} n */
  const fromFeature = (n) => {
    origin.feature = n;
    origin.filter = Math.floor(n / sizes.perFilter);
    const inside = n % sizes.perFilter;
    fromPool(Math.floor(inside / sizes.pool.cols), inside % sizes.pool.cols);
  };

  switch (stage) {
    case 'input':
      origin.input = cell(index[0], index[1]);
      break;
    case 'conv.weight': {
      // one weight meets the pixel below it at every position of the window
      const [o, , r, c] = index;
      const last = { r: sizes.conv.rows - 1, c: sizes.conv.cols - 1 };
      const [top, left] = [windowOf(conv, 0, 0)[0] + r, windowOf(conv, 1, 0)[0] + c];
      const [bottom, right] = [windowOf(conv, 0, last.r)[0] + r, windowOf(conv, 1, last.c)[0] + c];
      origin.filter = o;
      origin.kernel = cell(r, c);
      origin.input = {
        r0: Math.max(0, top), c0: Math.max(0, left), r1: Math.min(rows - 1, bottom), c1: Math.min(cols - 1, right),
      };
      break;
    }
    case 'conv.bias':
      origin.filter = index[0];
      break;
    case 'conv':
    case 'relu':
      origin.filter = index[0];
      if (stage === 'relu') origin.relu = cell(index[1], index[2]);
      fromConv(cell(index[1], index[2]));
      origin.ahead = aheadOf(pool, sizes, index[0], index[1], index[2]);
      break;
    case 'pool':
      origin.filter = index[0];
      fromPool(index[1], index[2]);
      break;
    case 'flatten':
      fromFeature(index[0]);
      break;
    case 'dense.weight':
      fromFeature(index[0]);
      origin.digit = index[1];
      break;
    case 'dense.bias':
      origin.digit = index[0];
      break;
    case 'logits':
    case 'probabilities':
      origin.digit = index[0];
      origin.whole = true;
      origin.input = { r0: 0, c0: 0, r1: rows - 1, c1: cols - 1 };
      break;
  }
  return origin;
}

/**
 * Whether an address still names a cell of this network.
 * @param {string} text
 * @param {NetworkSpec} network
 * @param {Sizes} sizes
 */
export function exists(text, network, sizes) {
  const { backward, stage, index } = parseAddress(text);
  const { out_channels: filters, kernel_size: kernel, bias } = network.layers[STAGE.conv];
  const features = filters * sizes.perFilter;
  const maps = [filters, sizes.conv.rows, sizes.conv.cols];
  /** @type {Record<string, number[]|undefined>} */
  const shapes = {
    input: sizes.input, conv: maps, relu: maps, pool: [filters, sizes.pool.rows, sizes.pool.cols],
    'conv.weight': [filters, 1, ...kernel], 'conv.bias': bias === false ? undefined : [filters],
    flatten: [features], 'dense.weight': [features, 10], 'dense.bias': [10], logits: [10], probabilities: [10],
  };
  const shape = Object.hasOwn(shapes, stage) ? shapes[stage] : undefined;
  return !backward && shape !== undefined && index.length === shape.length && index.every((v, i) => v < shape[i]);
}
