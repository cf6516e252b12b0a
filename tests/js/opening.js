// @ts-check
/** A small page to test with: two 3×3 filters, valid, pooled to 2×2, five epochs planned. */
import { initialState } from '../../static/js/state.js';

export const map = (/** @type {number} */ n, v = 0) => Array.from({ length: n }, () => Array(n).fill(v));

export function opening() {
  const layers = [
    { type: 'conv2d', name: 'conv', out_channels: 2, kernel_size: [3, 3], stride: [1, 1], padding: [[0, 0], [0, 0]], bias: false },
    { type: 'relu' },
    { type: 'max_pool2d', name: 'pool', kernel_size: [2, 2], stride: [2, 2], ceil_mode: true },
    { type: 'flatten' },
    { type: 'dense', name: 'dense', out_features: 10 },
    { type: 'softmax' },
  ];
  const trace = (/** @type {number} */ filters) => ({
    layers: [
      { name: 'conv', type: 'conv2d', output: Array.from({ length: filters }, () => map(3)) },
      { name: 'relu', type: 'relu', output: Array.from({ length: filters }, () => map(3)) },
      { name: 'pool', type: 'max_pool2d', output: Array.from({ length: filters }, () => map(2)) },
      { name: 'flatten', type: 'flatten', output: Array(4 * filters).fill(0) },
      { name: 'dense', type: 'dense', output: Array(10).fill(0) },
      { name: 'softmax', type: 'softmax', output: Array(10).fill(0.1) },
    ],
    logits: Array(10).fill(0),
    probabilities: Array(10).fill(0.1),
    predicted: 0,
  });
  return {
    trace,
    state: initialState({
      image: map(5),
      network: { input_shape: [1, 5, 5], layers },
      parameters: {
        conv: { weight: [[map(3, 1)], [map(3, 2)]] },
        dense: { weight: Array.from({ length: 8 }, (_, n) => Array(10).fill(n)), bias: Array(10).fill(0) },
      },
      presets: ['identity', null],
      seed: 3,
      label: 8,
      experiment: 'opening',
      sets: {
        training: { name: 'Training set', examples: [{ image: map(5, 1), label: 1 }], reference: null },
        test: { name: 'Test set', examples: [], reference: null },
      },
      plan: { optimizer: { type: 'adam', learning_rate: 0.003 }, epochs: 5, batchSize: 1, shuffle: true, seed: 1 },
      selected: 'conv[1][2][2]',
      trace: trace(2),
      catalogue: {
        kernels: [
          { id: 'identity', name: 'Identity', family: 'f', about: '', matrix: map(3), divisor: 1 },
          { id: 'box', name: 'Box', family: 'f', about: '', matrix: map(3, 9), divisor: 1 },
        ],
        digits: Array.from({ length: 10 }, () => map(5, 1)),
        experiments: [],
        datasets: [],
        limits: { filters: 3, epochs: 100 },
      },
    }),
  };
}

