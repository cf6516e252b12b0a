// @ts-check
/** The edits a person can make to the network. Every function gives a new work or network. */
import { filterCount, isFrozen, settingsOf, STAGE, stages } from './network.js';

/** @typedef {import('./types.js').NetworkSpec} NetworkSpec */
/** @typedef {import('./types.js').LayerSpec} LayerSpec */
/** @typedef {import('./types.js').Matrix} Matrix */
/** @typedef {import('./types.js').Work} Work */

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
 * @param {import('./types.js').Kernel[]} catalogue   presets, for kernels of another size
 * @returns {Work}
 */
export function withSettings(work, settings, catalogue) {
  const { activation, pool } = stages(work.network);
  const tieBreak = pool.tie_break ?? work.tieBreak;
  const before = settingsOf(work.network);
  let network = withLayer(work.network, STAGE.conv, {
    kernel_size: [settings.kernel, settings.kernel],
    padding: settings.padding === 'same' ? samePadding(settings.kernel) : [[0, 0], [0, 0]],
    stride: [settings.stride, settings.stride],
  });
  if (activation.type !== settings.activation) network = withReplaced(network, STAGE.activation, { type: settings.activation });
  if (pool.type !== settings.pooling) network = withReplaced(network, STAGE.pool, poolSpec(pool, settings.pooling, tieBreak));
  const reshaped = ['kernel', 'padding', 'stride'].some((k) => /** @type {any} */ (before)[k] !== /** @type {any} */ (settings)[k]);
  if (!reshaped) return { ...work, network, tieBreak };
  const { conv: kernels } = work.parameters;
  if (before.kernel === settings.kernel) return { ...work, network, tieBreak, parameters: { conv: kernels } };
  const shelf = { ...work.shelf, [before.kernel]: { weight: kernels.weight, presets: work.presets } };
  const kept = shelf[settings.kernel];
  const { weight, presets } = kept?.presets.length === work.presets.length ? kept : resized(work, settings.kernel, catalogue);
  return { ...work, network, tieBreak, parameters: { conv: { ...kernels, weight } }, presets, shelf };
}

/**
 * The kernels in a size that they never had: larger ones hold the old kernel in their middle; for smaller ones, which cannot,
 * the presets of that size come first.
 * @param {Work} work
 * @param {number} size
 * @param {import('./types.js').Kernel[]} catalogue
 */
function resized(work, size, catalogue) {
  const old = work.parameters.conv.weight;
  const fitting = size < old[0][0].length ? catalogue.filter((k) => k.matrix.length === size) : [];
  const take = (/** @type {Matrix[]} */ channels, /** @type {number} */ o) => (fitting[o] ? [fitting[o].matrix] : channels.map((m) => resize(m, size)));
  return { weight: old.map(take), presets: work.presets.map((_, o) => fitting[o]?.id ?? null) };
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
 * @param {string|undefined} tieBreak  of the maximum; an average has none, but must not lose it
 * @returns {LayerSpec}
 */
function poolSpec(pool, type, tieBreak) {
  const { kernel_size, stride, ceil_mode } = pool;
  return { type, name: 'pool', kernel_size, stride, ceil_mode, ...(type === 'max_pool2d' && tieBreak ? { tie_break: tieBreak } : {}) };
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
 * Dense rows of each filter, as the parameters themselves have them: the maps on the page may still be of another geometry.
 * @param {Work} work
 */
const rowsPerFilter = (work) => (work.parameters.dense ? work.parameters.dense.weight.length / filterCount(work.network) : 0);

/**
 * One more filter. Its dense rows are 0, so the answer stays as it was until the new filter is trained.
 * @param {Work} work
 * @param {{matrix: Matrix, preset: string|null}} kernel
 * @returns {Work}
 */
export function addFilter(work, kernel) {
  const rows = rowsPerFilter(work);
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
        ? { dense: { ...dense, weight: [...dense.weight, ...Array.from({ length: rows }, () => Array(digits).fill(0))] } }
        : {}),
    },
  };
}

/**
 * One filter less, with its dense rows.
 * @param {Work} work
 * @param {number} filter
 * @returns {Work}
 */
export function removeFilter(work, filter) {
  const rows = rowsPerFilter(work);
  const { conv, dense } = work.parameters;
  const others = (/** @type {any[]} */ list) => list.filter((_, i) => i !== filter);
  const frozen = Array.from({ length: filterCount(work.network) }, (_, o) => o).filter((o) => o !== filter && isFrozen(work.network, o));
  return {
    ...work,
    network: withLayer(work.network, STAGE.conv, {
      out_channels: filterCount(work.network) - 1,
      frozen: false,
      frozen_filters: frozen.map((o) => (o > filter ? o - 1 : o)),
    }),
    presets: others(work.presets),
    parameters: {
      conv: { ...conv, weight: others(conv.weight), ...(conv.bias ? { bias: others(conv.bias) } : {}) },
      ...(dense
        ? {
            dense: {
              ...dense,
              weight: dense.weight.filter((/** @type {any} */ _, /** @type {number} */ n) => Math.floor(n / rows) !== filter),
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

/**
 * @param {NetworkSpec} network
 * @param {number} filter
 * @param {boolean} frozen
 * @returns {NetworkSpec}
 */
export function withFrozen(network, filter, frozen) {
  const others = Array.from({ length: filterCount(network) }, (_, o) => o).filter((o) => o !== filter && isFrozen(network, o));
  const frozenFilters = frozen ? [...others, filter].sort((a, b) => a - b) : others;
  return withLayer(network, STAGE.conv, { frozen: false, frozen_filters: frozenFilters });
}
