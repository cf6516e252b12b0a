// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatList, parseList, resized } from '../../static/js/convolution/sizes.js';
import { initialState, isSettled, MAX_LAYERS, positions, reduce } from '../../static/js/convolution/state.js';
import { workedDecimals } from '../../static/js/lib/worked.js';

const reply = (/** @type {number} */ outputs) => ({ output: Array(outputs).fill(0), output_size: [outputs] });

/** A page whose four panels have 3, 5, 5 and 3 outputs and whose image has 2 × 2. */
function opening() {
  const layer = { kernel_size: 3, stride: 1, padding: [0, 0], dilation: 1, ceil_mode: false };
  return initialState({
    line: { work: { signal: [1, 2, 3], kernel: [1, 0], stride: 1, dilation: 1, padding: [[0, 0], [2, 0], [2, 0], [0, 0]] }, reply: [3, 5, 5, 3].map(reply) },
    plane: { work: { image: [[1, 2], [3, 4]], kernel: [[1]], convention: 'f(i+j)g(j)', padding: [[0, 0], [0, 0]], stride: [1, 1], dilation: [1, 1] }, reply: { output: [[1, 2], [3, 4]], output_size: [2, 2] } },
    size: { work: { size: 5, layers: [layer] }, reply: { sizes: [5, 3], layers: [] } },
    own: { work: { image: [[0, 1], [0, 0]] }, reply: { responses: {} } },
    chosen: { kernel: 'identity', picture: 'dot' },
    catalogue: { kernels: [], patterns: [], pictures: [], digits: [] },
  });
}

const run = (/** @type {any} */ state, /** @type {any[]} */ ...actions) => actions.reduce(reduce, state);

test('a change waits for its reply, and only that part waits', () => {
  const before = opening();
  const state = run(before, { type: 'part/change', part: 'line', change: { stride: 2 } });
  assert.equal(isSettled(state), false);
  assert.equal(state.parts.plane, before.parts.plane);
  assert.equal(state.parts.line.shown.work.stride, 1);
  const settled = run(state, { type: 'part/replied', part: 'line', revision: 1, work: state.parts.line.work, reply: [2, 2, 2, 2].map(reply) });
  assert.equal(isSettled(settled), true);
  assert.equal(settled.parts.line.shown.work.stride, 2);
});

test('an old reply never replaces a newer one', () => {
  const change = { type: 'part/change', part: 'plane', change: { stride: [2, 2] } };
  const state = run(opening(), change, change);
  const newest = run(state, { type: 'part/replied', part: 'plane', revision: 2, work: state.parts.plane.work, reply: { output: [[7]], output_size: [1, 1] } });
  const late = run(newest, { type: 'part/replied', part: 'plane', revision: 1, work: state.parts.plane.work, reply: { output: [[8]], output_size: [1, 1] } });
  assert.equal(late, newest);
});

test('a refusal of an older work says nothing about the present one', () => {
  const change = { type: 'part/change', part: 'plane', change: {} };
  const problem = { title: 't', detail: 'd', status: 422 };
  const state = run(opening(), change, change, { type: 'part/refused', part: 'plane', revision: 1, problem });
  assert.equal(state.parts.plane.problem, null);
  assert.equal(run(state, { type: 'part/refused', part: 'plane', revision: 2, problem }).parts.plane.problem, problem);
});

test('the panels share one player, as long as the longest of them', () => {
  const state = opening();
  assert.equal(positions(state, 'line'), 5);
  assert.equal(positions(state, 'plane'), 4);
  assert.equal(run(state, { type: 'player/step', player: 'line', step: 99 }).players.line.step, 4);
});

test('playing fills the output as it goes; a pause keeps it so, the end and a step by hand complete it', () => {
  const playing = run(opening(), { type: 'player/play', player: 'plane', playing: true }, { type: 'player/step', player: 'plane', step: 1 });
  assert.equal(playing.players.plane.filling, true);
  const paused = run(playing, { type: 'player/play', player: 'plane', playing: false });
  assert.equal(paused.players.plane.filling, true);
  assert.equal(run(paused, { type: 'player/step', player: 'plane', step: 2, byHand: true }).players.plane.filling, false);
  const ended = run(playing, { type: 'player/step', player: 'plane', step: 3 }, { type: 'player/play', player: 'plane', playing: false });
  assert.equal(ended.players.plane.filling, false);
});

test('a shorter reply takes the player back to its last position', () => {
  const state = run(opening(), { type: 'player/step', player: 'plane', step: 3 }, { type: 'part/change', part: 'plane', change: {} });
  const next = run(state, { type: 'part/replied', part: 'plane', revision: 1, work: state.parts.plane.work, reply: { output: [[1, 2]], output_size: [1, 2] } });
  assert.equal(next.players.plane.step, 1);
});

test('layers are added up to a limit and one always stays', () => {
  let state = opening();
  for (let i = 0; i < 20; i++) state = reduce(state, { type: 'size/add' });
  assert.equal(state.parts.size.work.layers.length, MAX_LAYERS);
  assert.equal(state.layer, MAX_LAYERS - 1);
  for (let i = 0; i < 20; i++) state = reduce(state, { type: 'size/remove', layer: 0 });
  assert.equal(state.parts.size.work.layers.length, 1);
  assert.equal(state.layer, 0);
});

test('one padding is changed and the others stay', () => {
  const state = run(opening(), { type: 'line/padding', convention: 1, sides: [0, 3] });
  assert.deepEqual(state.parts.line.work.padding, [[0, 0], [0, 3], [2, 0], [0, 0]]);
});

test('an unknown action is an error', () => {
  assert.throws(() => reduce(opening(), { type: 'nothing' }), /unknown action/);
});

test('a list may be typed with commas, spaces, semicolons, fractions and a true minus', () => {
  assert.deepEqual(parseList('1, 2;3  −4\t1/2'), { numbers: [1, 2, 3, -4, 0.5] });
  assert.equal(formatList([1, -0.5]), '1, −0.5');
});

test('a list that cannot be says what is wrong', () => {
  for (const [text, fault] of /** @type {[string, RegExp][]} */ ([['', /At least one/], ['1, x', /“x”/], ['1 2001', /beyond/], ['1 '.repeat(65), /At most 64/]])) {
    const parsed = parseList(text);
    assert.match('fault' in parsed ? parsed.fault : '', fault);
  }
});

test('a resized matrix keeps its upper left', () => {
  assert.deepEqual(resized([[1, 2], [3, 4]], 1, 3), [[1, 2, 0]]);
});

test('a worked line has the fewest decimals at which it adds up', () => {
  assert.deepEqual(workedDecimals([[1, 2], [3, -1]], -1), { decimals: 2, exact: true });
  assert.deepEqual(workedDecimals([[0.125, 1]], 0.125), { decimals: 2, exact: true });
  assert.deepEqual(workedDecimals([[0.125, 1], [0.125, 1]], 0.25), { decimals: 3, exact: true });
  assert.deepEqual(workedDecimals([[1 / 3, 1], [1 / 3, 1], [1 / 3, 1]], 1), { decimals: 3, exact: false });
});
