// @ts-check
/**
 * The playground's network by its stages, and the edits a person can make to it.
 * It is always convolution → activation → pooling → flatten → dense → softmax.
 */

/** @typedef {import('./types.js').NetworkSpec} NetworkSpec */
/** @typedef {import('./types.js').LayerSpec} LayerSpec */
/** @typedef {import('./types.js').Matrix} Matrix */
/** @typedef {import('./types.js').Trace} Trace */
/** @typedef {import('./types.js').Work} Work */

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
    padding: paddingOf(conv, 0)[0] > 0 || conv.padding === 'same' ? 'same' : 'valid',
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
 * @param {NetworkSpec} network
 * @param {number} index
 * @param {object} change
 * @returns {NetworkSpec}
 */
const withLayer = (network, index, change) => ({
  ...network,
  layers: network.layers.map((layer, i) => (i === index ? { ...layer, ...change } : layer)),
});

/**
 * Symmetric "same" padding for odd kernels, one more behind for even ones, as PyTorch pads.
 * @param {number} kernel
 */
function samePadding(kernel) {
  const before = Math.floor((kernel - 1) / 2);
  const sides = [before, kernel - 1 - before];
  return [sides, sides];
}

/**
 * The work after one choice in the settings row. A change of shape drops the dense parameters: the server starts them anew.
 * @param {Work} work
 * @param {ReturnType<typeof settingsOf>} settings
 * @returns {Work}
 */
export function withSettings(work, settings) {
  const { conv, activation, pool } = stages(work.network);
  const before = settingsOf(work.network);
  let network = withLayer(work.network, STAGE.conv, {
    kernel_size: [settings.kernel, settings.kernel],
    padding: settings.padding === 'same' ? samePadding(settings.kernel) : [[0, 0], [0, 0]],
    stride: [settings.stride, settings.stride],
  });
  if (activation.type !== settings.activation) network = withReplaced(network, STAGE.activation, { type: settings.activation });
  if (pool.type !== settings.pooling) network = withReplaced(network, STAGE.pool, poolSpec(pool, settings.pooling));
  const reshaped = ['kernel', 'padding', 'stride'].some((k) => /** @type {any} */ (before)[k] !== /** @type {any} */ (settings)[k]);
  if (!reshaped) return { ...work, network };
  const { [conv.name ?? 'conv']: kernels } = work.parameters;
  const weight = kernels.weight.map((/** @type {Matrix[]} */ channels) => channels.map((m) => resize(m, settings.kernel)));
  return {
    ...work,
    network,
    parameters: { conv: { ...kernels, weight } },
    presets: before.kernel === settings.kernel ? work.presets : work.presets.map(() => null),
  };
}

/**
 * @param {NetworkSpec} network
 * @param {number} index
 * @param {LayerSpec} layer
 * @returns {NetworkSpec}
 */
const withReplaced = (network, index, layer) => ({
  ...network,
  layers: network.layers.map((old, i) => (i === index ? layer : old)),
});

/**
 * @param {LayerSpec} pool
 * @param {string} type
 * @returns {LayerSpec}
 */
function poolSpec(pool, type) {
  const { kernel_size, stride, ceil_mode } = pool;
  return { type, name: 'pool', kernel_size, stride, ceil_mode };
}

/**
 * A kernel in another size: its middle is kept, new cells are 0.
 * @param {Matrix} matrix
 * @param {number} size
 * @returns {Matrix}
 */
export function resize(matrix, size) {
  const offset = Math.floor(matrix.length / 2) - Math.floor(size / 2);
  return Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => matrix[r + offset]?.[c + offset] ?? 0));
}

/**
 * One more filter. Its dense rows are 0, so the answer stays as it was until the new filter is trained.
 * @param {Work} work
 * @param {{matrix: Matrix, preset: string|null}} kernel
 * @param {number} rowsPerFilter
 * @returns {Work}
 */
export function addFilter(work, kernel, rowsPerFilter) {
  const { conv, dense } = work.parameters;
  const digits = dense ? dense.weight[0].length : 0;
  return {
    ...work,
    network: withLayer(work.network, STAGE.conv, { out_channels: filterCount(work.network) + 1 }),
    presets: [...work.presets, kernel.preset],
    parameters: {
      conv: {
        ...conv,
        weight: [...conv.weight, [kernel.matrix]],
        ...(conv.bias ? { bias: [...conv.bias, 0] } : {}),
      },
      ...(dense
        ? { dense: { ...dense, weight: [...dense.weight, ...Array.from({ length: rowsPerFilter }, () => Array(digits).fill(0))] } }
        : {}),
    },
  };
}

/**
 * One filter less, with its dense rows.
 * @param {Work} work
 * @param {number} filter
 * @param {number} rowsPerFilter
 * @returns {Work}
 */
export function removeFilter(work, filter, rowsPerFilter) {
  const { conv, dense } = work.parameters;
  const others = (/** @type {any[]} */ list) => list.filter((_, i) => i !== filter);
  return {
    ...work,
    network: withLayer(work.network, STAGE.conv, { out_channels: filterCount(work.network) - 1 }),
    presets: others(work.presets),
    parameters: {
      conv: { ...conv, weight: others(conv.weight), ...(conv.bias ? { bias: others(conv.bias) } : {}) },
      ...(dense
        ? {
            dense: {
              ...dense,
              weight: dense.weight.filter((/** @type {any} */ _, /** @type {number} */ n) => Math.floor(n / rowsPerFilter) !== filter),
            },
          }
        : {}),
    },
  };
}

/**
 * @param {Work} work
 * @param {number} filter
 * @param {Matrix} matrix
 * @param {string|null} preset
 * @returns {Work}
 */
export function withKernel(work, filter, matrix, preset) {
  const { conv } = work.parameters;
  const weight = conv.weight.map((/** @type {Matrix[]} */ channels, /** @type {number} */ o) => (o === filter ? [matrix] : channels));
  return {
    ...work,
    presets: work.presets.map((old, o) => (o === filter ? preset : old)),
    parameters: { ...work.parameters, conv: { ...conv, weight } },
  };
}

/**
 * @param {Work} work
 * @param {number} filter
 * @param {number} value
 * @returns {Work}
 */
export function withBias(work, filter, value) {
  const { conv } = work.parameters;
  const bias = conv.bias.map((/** @type {number} */ old, /** @type {number} */ o) => (o === filter ? value : old));
  return { ...work, parameters: { ...work.parameters, conv: { ...conv, bias } } };
}
