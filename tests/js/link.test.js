// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLink, fragment, linked } from '../../static/js/effects/link.js';
import { reduce } from '../../static/js/state.js';
import { createStore } from '../../static/js/store.js';
import { map, opening } from './opening.js';

/** The page after a link, before its number is selected. @param {any} state @param {string} hash @returns {any} */
const opened = (state, hash) => linked(hash, state).actions.reduce(reduce, state);

/** A page of two filters opened with a link to an experiment of three, once the service has sent its trace. @param {string} cell @returns {Promise<any>} */
async function visited(cell) {
  const { state, trace } = opening();
  const [conv, ...rest] = state.work.network.layers;
  const experiment = {
    id: 'three', name: 'Three', network: { ...state.work.network, layers: [{ ...conv, out_channels: 3 }, ...rest] }, presets: [null, null, null],
    parameters: { conv: { weight: Array(3).fill([map(3)]) }, dense: { weight: Array(12).fill(Array(10).fill(0)), bias: Array(10).fill(0) } },
    seed: 1, sets: state.sets, plan: { epochs: 9 },
  };
  const catalogue = { ...state.catalogue, experiments: [/** @type {any} */ ({ id: 'three' })] };
  Object.assign(globalThis, { window: new EventTarget(), location: { hash: `#cell=${cell}&experiment=three` }, history: { replaceState() {} } });
  const store = createStore(reduce, { ...state, catalogue });
  const link = createLink(store, async (_id, options) => store.dispatch({ type: 'experiment/load', experiment, ...options }), false);
  store.subscribe(link.update);
  link.begin();
  await new Promise((resolve) => setTimeout(resolve));
  const { revision, work } = store.getState();
  store.dispatch({ type: 'forward/replied', revision, work, trace: trace(3) });
  await new Promise((resolve) => setTimeout(resolve));
  link.destroy();
  return store.getState();
}

test('a link selects a number that only its experiment has', async () => {
  const { selected, problem } = await visited('conv[2][0][0]');
  assert.deepEqual([selected, problem], ['conv[2][0][0]', null]);
});

test('a link to a number that its experiment does not have says so', async () => {
  const { selected, problem } = await visited('conv[3][0][0]');
  assert.equal(selected, 'conv[1][2][2]');
  assert.match(problem.detail, /^The link names the number “conv\[3\]\[0\]\[0\]”, which/);
});

test('a link shows the very drawing: half tones, handwriting, and what was inverted', () => {
  const { state } = opening();
  const grey = Array.from({ length: 5 }, (_, r) => Array.from({ length: 5 }, (_unused, c) => (r * 50 + c * 7) / 255));
  const inverted = grey.map((row) => row.map((v) => 1 - v));
  const half = map(5).map((row, r) => row.map((_, c) => (r === c ? 0.5 : 1)));
  for (const image of [half, grey, inverted, map(5, 4 / 9)]) {
    const there = reduce(state, { type: 'image/load', image, name: 'It', label: 3 });
    const here = opened(state, fragment(there));
    assert.deepEqual(here.work.image, image);
    assert.equal(here.label, 3);
    assert.equal(here.past.length, 1, 'the drawing and its label are one step');
  }
});

test('black and white, and every link from before, takes a digit a pixel', () => {
  const { state } = opening();
  assert.match(fragment(state), /&drawing=0{25}&/);
  const digits = '0123456789012345678901234';
  assert.deepEqual(opened(state, `#drawing=${digits}`).work.image.flat(), Array.from(digits, (d) => Number(d) / 9));
});

test('a drawing that is none is not taken', () => {
  const { state } = opening();
  for (const drawing of ['', '1', '1'.repeat(24), '1'.repeat(26), 'x'.repeat(25), Array(25).fill('2').join(), Array(25).fill('').join(), Array(24).fill('1').join()]) {
    assert.equal(opened(state, `#drawing=${drawing}`).work.image, state.work.image, drawing);
  }
});

test('an address that cannot be read asks for nothing', () => {
  const { state } = opening();
  for (const hash of ['', '#%', '#cell=%zz', '#label=3&%E0%A4%A']) assert.deepEqual(linked(hash, state).actions, []);
});

test('what the page wrote itself asks for nothing, encoded or not', () => {
  const { state } = opening();
  for (const hash of [fragment(state), encodeURI(fragment(state))]) assert.deepEqual(linked(hash, state).actions, []);
});

test('a link to a number says the direction too', () => {
  const { state } = opening();
  const backward = opened(state, '#cell=conv[0][1][1]&backward');
  assert.equal(backward.direction, 'backward');
  assert.equal(opened(backward, '#cell=conv[0][1][2]').direction, 'forward');
});

test('a link lists what it names and the page does not have', () => {
  const { state } = opening();
  const hash = '#cell=foo&drawing=12&label=x&experiment=nothing';
  assert.deepEqual(linked(hash, state).unknown, ['the label “x”', 'the drawing “12”', 'the number “foo”', 'the experiment “nothing”']);
  assert.deepEqual(linked('#cell=conv[0][1][1]&label=3', state).unknown, []);
});

test('the address of a gradient opens the backward view', () => {
  const { state } = opening();
  const hash = '#cell=gradient.conv[0][1][1]';
  assert.deepEqual([linked(hash, state).cell, opened(state, hash).direction], ['conv[0][1][1]', 'backward']);
});

test('a number that the network does not have is not selected', () => {
  const { state } = opening();
  for (const cell of ['foo[0]', 'conv[0]', 'conv[0][0][0][0]', 'conv[99][0][0]', 'logits[10]', 'probabilities[0][0]', 'input[5][0]', 'dense.bias[10]', 'toString[0]']) {
    assert.equal(reduce(state, { type: 'cell/select', cell }).selected, state.selected, cell);
  }
  for (const cell of ['input[4][4]', 'dense.bias[9]', 'logits[9]', 'probabilities[9]', 'flatten[0]']) {
    assert.equal(reduce(state, { type: 'cell/select', cell }).selected, cell);
  }
});
