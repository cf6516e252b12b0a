// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, parseAddress } from '../../static/js/lib/address.js';
import { createScale, position } from '../../static/js/lib/colour.js';
import { formatCell, formatExact, formatNumber, parseNumber } from '../../static/js/lib/format.js';
import { line } from '../../static/js/lib/image.js';
import { resize } from '../../static/js/lib/edits.js';
import { paddingOf, windowOf } from '../../static/js/lib/network.js';
import { originOf } from '../../static/js/lib/origin.js';

test('numbers have a true minus, bare whole numbers and a bare zero', () => {
  assert.equal(formatNumber(-2), '−2');
  assert.equal(formatNumber(0.456), '0.46');
  assert.equal(formatNumber(-0), '0');
  assert.equal(formatNumber(NaN), 'NaN');
  assert.equal(formatExact(-0.1), '−0.1');
});

test('a number that does not fit its cell loses decimals first', () => {
  assert.equal(formatCell(12.345, 2), '12.35'.slice(0, 5));
  assert.equal(formatCell(-123.456, 2), '−123');
  assert.equal(formatCell(1234567, 2), '1e6');
});

test('people may type a true minus, a comma or a fraction', () => {
  assert.equal(parseNumber('−0,5'), -0.5);
  assert.equal(parseNumber(' 1/9 '), 1 / 9);
  assert.equal(parseNumber('1/0'), null);
  assert.equal(parseNumber('0/0'), null);
  assert.equal(parseNumber('1e400/1e400'), null);
  assert.equal(parseNumber('1e400'), Infinity);
  assert.equal(parseNumber('-1e400'), -Infinity);
  assert.equal(parseNumber('0x10'), null);
  assert.equal(parseNumber(''), null);
  assert.equal(parseNumber('Infinity'), null);
});

test('addresses are read as they are written', () => {
  assert.equal(address('dense.weight', 3, 8), 'dense.weight[3][8]');
  assert.deepEqual(parseAddress('gradient.conv[0][1][2]'), { backward: true, stage: 'conv', index: [0, 1, 2] });
});

test('a fast stroke leaves no hole', () => {
  assert.deepEqual(line([0, 0], [3, 3]), [[0, 0], [1, 1], [2, 2], [3, 3]]);
  assert.deepEqual(line([2, 2], [2, 2]), [[2, 2]]);
});

test('the colour scale is symmetric around zero and square-root spaced', () => {
  assert.equal(position(0), 0);
  assert.equal(position(-5), -1);
  assert.equal(position(1.25), 0.5);
  assert.equal(position(1.25), -position(-1.25));
});

test('black or white on every colour, never below 4.5 to 1', () => {
  const tokens = { zero: '#FFFFFF', 'neg-1': '#FCEAD6', 'neg-2': '#F6C48F', 'neg-3': '#E0863A', 'neg-4': '#94400A',
    'pos-1': '#E0ECF7', 'pos-2': '#A6CBEA', 'pos-3': '#4E92CB', 'pos-4': '#0F4A86', 'cell-ink': '#000000', 'cell-paper': '#FFFFFF',
    'pixel-on': '#3B372F', 'pixel-off': '#FFFFFF' };
  const scale = createScale((name) => /** @type {any} */ (tokens)[name.slice(2)]);
  const luminance = (/** @type {string} */ css) => {
    const [r, g, b] = (css.match(/\d+/g) ?? []).map((v) => Number(v) / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (let v = -6; v <= 6; v += 0.05) {
    const { background, ink } = scale.signed(v);
    const [a, b] = [luminance(background), luminance(ink)];
    assert.ok((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) >= 4.5, `${v}: ${background} ${ink}`);
  }
});

test('padding may be written in every way the API knows', () => {
  const layer = (/** @type {any} */ padding) => ({ type: 'conv2d', kernel_size: [3, 4], padding });
  assert.deepEqual(paddingOf(layer(2), 1), [2, 2]);
  assert.deepEqual(paddingOf(layer([1, 2]), 1), [2, 2]);
  assert.deepEqual(paddingOf(layer([[0, 1], [2, 3]]), 1), [2, 3]);
  assert.deepEqual(paddingOf(layer('same'), 0), [1, 1]);
  assert.deepEqual(paddingOf(layer('same'), 1), [1, 2]);
});

test('a window starts stride times its index behind the padding and spans the dilated kernel', () => {
  assert.deepEqual(windowOf({ type: 'conv2d', kernel_size: [3, 3], stride: [2, 2], padding: 1, dilation: [2, 2] }, 0, 1), [1, 5]);
});

test('resizing keeps the middle', () => {
  assert.deepEqual(resize([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2), [[1, 2], [4, 5]]);
});

const network = {
  input_shape: [1, 5, 5],
  layers: [
    { type: 'conv2d', out_channels: 2, kernel_size: [3, 3], stride: [1, 1], padding: [[0, 0], [0, 0]] },
    { type: 'relu' },
    { type: 'max_pool2d', kernel_size: [2, 2], stride: [2, 2], ceil_mode: true },
    { type: 'flatten' },
    { type: 'dense', out_features: 10 },
    { type: 'softmax' },
  ],
};
/** @type {any} */
const sizes = { input: [5, 5], conv: { rows: 3, cols: 3 }, pool: { rows: 2, cols: 2 }, perFilter: 4 };

test('a feature-map cell comes from the window it was placed on', () => {
  const origin = originOf('conv[1][0][2]', network, sizes);
  assert.equal(origin.filter, 1);
  assert.deepEqual(origin.input, { r0: 0, c0: 2, r1: 2, c1: 4 });
});

test('a pooled cell at the edge comes from a partial window', () => {
  const origin = originOf('pool[0][1][1]', network, sizes);
  assert.deepEqual(origin.relu, { r0: 2, c0: 2, r1: 2, c1: 2 });
  assert.deepEqual(origin.input, { r0: 2, c0: 2, r1: 4, c1: 4 });
});

test('a dense weight leads back through its feature to the drawing', () => {
  const origin = originOf('dense.weight[5][8]', network, sizes);
  assert.equal(origin.filter, 1);
  assert.deepEqual(origin.pool, { r0: 0, c0: 1, r1: 0, c1: 1 });
  assert.equal(origin.digit, 8);
});

test('a kernel weight met one pixel at every position of the window', () => {
  assert.deepEqual(originOf('conv.weight[0][0][2][1]', network, sizes).input, { r0: 2, c0: 1, r1: 4, c1: 3 });
});

test('a window in the padding is clipped to the drawing', () => {
  const same = { ...network, layers: [{ ...network.layers[0], padding: [[1, 1], [1, 1]] }, ...network.layers.slice(1)] };
  const wide = { ...sizes, conv: { rows: 5, cols: 5 } };
  assert.deepEqual(originOf('conv[0][0][0]', same, wide).input, { r0: 0, c0: 0, r1: 1, c1: 1 });
});
