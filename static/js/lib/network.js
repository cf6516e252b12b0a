// @ts-check
/** The playground's network by its stages: always convolution → activation → pooling → flatten → dense → softmax. */

/** @typedef {import('./types.js').NetworkSpec} NetworkSpec */
/** @typedef {import('./types.js').LayerSpec} LayerSpec */
/** @typedef {import('./types.js').Trace} Trace */

export const STAGE = Object.freeze({ conv: 0, activation: 1, pool: 2, flatten: 3, dense: 4, softmax: 5 });

export const ACTIVATIONS = Object.freeze([
  { type: 'relu', name: 'ReLU', formula: 'max(0, z)' },
  { type: 'leaky_relu', name: 'Leaky ReLU', formula: 'z, or 0.01 z below 0' },
  { type: 'tanh', name: 'tanh', formula: 'tanh z' },
  { type: 'sigmoid', name: 'Sigmoid', formula: '1 / (1 + e⁻ᶻ)' },
]);

/**
 * The two sides of padding of one axis, whichever way the layer writes it.
 * @param {LayerSpec} layer
 * @param {0|1} axis
 * @returns {[number, number]}
 */
export function paddingOf(layer, axis) {
  const padding = layer.padding ?? 0;
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const total = pair(layer.kernel_size, axis) - 1;
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  const side = Array.isArray(padding) ? padding[axis] : padding;
  return Array.isArray(side) ? [side[0], side[1]] : [side, side];
}

/**
 * @param {number|number[]|undefined} value
 * @param {0|1} axis
 * @returns {number}
 */
const pair = (value, axis) => (Array.isArray(value) ? value[axis] : (value ?? 1));

/**
 * What a window layer reads along one axis for one output index: first cell, last cell (may lie in the padding).
 * @param {LayerSpec} layer
 * @param {0|1} axis
 * @param {number} output
 * @returns {[number, number]}
 */
export function windowOf(layer, axis, output) {
  const kernel = pair(layer.kernel_size, axis);
  const stride = pair(layer.stride ?? layer.kernel_size, axis);
  const first = output * stride - paddingOf(layer, axis)[0];
  return [first, first + (kernel - 1) * pair(layer.dilation, axis)];
}

/** @param {NetworkSpec} network */
export const filterCount = (network) => network.layers[STAGE.conv].out_channels;

/** @param {NetworkSpec} network @returns {[number, number]} */
export function kernelSize(network) {
  const { kernel_size: size } = network.layers[STAGE.conv];
  return [pair(size, 0), pair(size, 1)];
}

/**
 * The sizes of the maps as the trace has them.
 * @param {Trace} trace
 */
export function mapSizes(trace) {
  const size = (/** @type {number} */ stage) => {
    const maps = trace.layers[stage].output;
    return { rows: maps[0].length, cols: maps[0][0].length };
  };
  const pool = size(STAGE.pool);
  return { conv: size(STAGE.conv), pool, perFilter: pool.rows * pool.cols };
}

/**
 * The settings row's view of a network.
 * @param {NetworkSpec} network
 */
export function settingsOf(network) {
  const { conv, activation, pool } = stages(network);
  return {
    kernel: pair(conv.kernel_size, 0),
    padding: paddingOf(conv, 0)[1] > 0 ? 'same' : 'valid', // of an even kernel only the far side is padded
    stride: pair(conv.stride, 0),
    activation: activation.type,
    pooling: pool.type,
  };
}

/** @param {NetworkSpec} network */
export function stages(network) {
  const at = (/** @type {number} */ i) => network.layers[i];
  return { conv: at(STAGE.conv), activation: at(STAGE.activation), pool: at(STAGE.pool), dense: at(STAGE.dense) };
}

/**
 * Whether a filter keeps its kernel while the others learn.
 * @param {NetworkSpec} network
 * @param {number} filter
 */
export function isFrozen(network, filter) {
  const { conv } = stages(network);
  return Boolean(conv.frozen) || (conv.frozen_filters ?? []).includes(filter);
}
