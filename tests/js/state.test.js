// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSettled, reduce } from '../../static/js/state.js';
import { filterCount, settingsOf } from '../../static/js/lib/network.js';
import { map, opening } from './opening.js';

const run = (/** @type {any} */ state, /** @type {any[]} */ ...actions) => actions.reduce(reduce, state);

test('a stroke is one step to undo, however many cells it painted', () => {
  const { state } = opening();
  const drawn = run(
    state,
    { type: 'image/stroke', cell: [0, 0], value: 1 },
    { type: 'image/paint', cells: [[0, 1], [0, 2]], value: 1 },
    { type: 'image/paint', cells: [[1, 2]], value: 1 },
  );
  assert.deepEqual(drawn.work.image[0], [1, 1, 1, 0, 0]);
  const undone = reduce(drawn, { type: 'undo' });
  assert.deepEqual(undone.work.image, map(5));
  assert.deepEqual(reduce(undone, { type: 'redo' }).work.image, drawn.work.image);
});

test('the label that came with a digit goes with it, back and forth', () => {
  const { state } = opening();
  const three = reduce(state, { type: 'image/load', image: map(5, 0.25), name: 'Digit 3', label: 3 });
  const undone = reduce(three, { type: 'undo' });
  assert.deepEqual([undone.work.image, undone.label], [state.work.image, 8]);
  const redone = reduce(undone, { type: 'redo' });
  assert.deepEqual([redone.work.image, redone.label], [three.work.image, 3]);
  assert.equal(reduce(redone, { type: 'undo' }).label, 8);
});

test('a label chosen by hand stays when a stroke before it is undone', () => {
  const { state } = opening();
  const drawn = run(state, { type: 'image/stroke', cell: [0, 0], value: 1 }, { type: 'image/label', label: 5 }, { type: 'undo' });
  assert.deepEqual([drawn.work.image, drawn.label], [map(5), 5]);
});

test('a digit that is drawn already is no step, but brings its label', () => {
  const { state } = opening();
  const again = reduce(state, { type: 'image/load', image: state.work.image, name: 'Digit 3', label: 3 });
  assert.deepEqual([again.label, again.past.length, again.revision], [3, 0, state.revision]);
});

test('painting what is already so changes nothing and asks nothing', () => {
  const { state } = opening();
  assert.equal(reduce(state, { type: 'image/paint', cells: [[0, 0]], value: 0 }), state);
  assert.equal(reduce(state, { type: 'image/clear' }), state);
});

test('after a change nothing is settled until its own trace arrives', () => {
  const { state, trace } = opening();
  const first = reduce(state, { type: 'image/stroke', cell: [0, 0], value: 1 });
  const second = reduce(first, { type: 'image/stroke', cell: [0, 1], value: 1 });
  assert.equal(isSettled(second), false);
  const late = reduce(second, { type: 'forward/replied', revision: 1, work: first.work, trace: trace(2) });
  assert.equal(isSettled(late), false);
  const newest = reduce(late, { type: 'forward/replied', revision: 2, work: second.work, trace: trace(2) });
  assert.equal(isSettled(newest), true);
  const old = reduce(newest, { type: 'forward/replied', revision: 1, work: first.work, trace: trace(2) });
  assert.equal(old, newest, 'an old reply never overwrites a newer drawing');
});

test('shifting moves ink by one cell and drops what leaves', () => {
  const { state } = opening();
  const drawn = reduce(state, { type: 'image/stroke', cell: [0, 4], value: 1 });
  assert.equal(reduce(drawn, { type: 'image/shift', down: 1, right: 0, name: 'down' }).work.image[1][4], 1);
  assert.deepEqual(reduce(drawn, { type: 'image/shift', down: 0, right: 1, name: 'right' }).work.image, map(5));
});

test('a new filter takes the first unused preset and has no say yet: its dense rows are 0', () => {
  const { state } = opening();
  const { work, focus } = reduce(state, { type: 'filter/add' });
  assert.equal(filterCount(work.network), 3);
  assert.deepEqual(work.presets, ['identity', null, 'box']);
  assert.deepEqual(work.parameters.conv.weight[2], [map(3, 9)]);
  assert.equal(work.parameters.dense.weight.length, 12);
  assert.deepEqual(work.parameters.dense.weight[11], Array(10).fill(0));
  assert.deepEqual(work.parameters.dense.weight[7], Array(10).fill(7), 'the rows of the others stay');
  assert.equal(focus, 2);
});

test('no more filters than the page has room for, and never none', () => {
  const { state, trace } = opening();
  const three = reduce(state, { type: 'filter/add' });
  const full = reduce(three, { type: 'forward/replied', revision: 1, work: three.work, trace: trace(3) });
  assert.equal(reduce(full, { type: 'filter/add' }), full);
  const one = run(state, { type: 'filter/remove', filter: 0 });
  assert.equal(reduce(one, { type: 'filter/remove', filter: 0 }), one);
});

test('removing a filter removes its own dense rows', () => {
  const { state } = opening();
  const { work } = reduce(state, { type: 'filter/remove', filter: 0 });
  assert.deepEqual(work.parameters.conv.weight, [[map(3, 2)]]);
  assert.deepEqual(work.parameters.dense.weight.map((/** @type {number[]} */ row) => row[0]), [4, 5, 6, 7]);
});

test('another activation keeps the dense layer, another padding starts it anew', () => {
  const { state } = opening();
  const settings = settingsOf(state.work.network);
  const tanh = reduce(state, { type: 'network/settings', settings: { ...settings, activation: 'tanh' } });
  assert.deepEqual(tanh.work.parameters, state.work.parameters);
  assert.deepEqual(tanh.work.network.layers[1], { type: 'tanh' });
  const same = reduce(state, { type: 'network/settings', settings: { ...settings, padding: 'same' } });
  assert.deepEqual(same.work.network.layers[0].padding, [[1, 1], [1, 1]]);
  assert.equal('dense' in same.work.parameters, false);
});

test('what the server started anew becomes part of the work without a step of undo', () => {
  const { state, trace } = opening();
  const settings = settingsOf(state.work.network);
  const same = reduce(state, { type: 'network/settings', settings: { ...settings, padding: 'same' } });
  const whole = { ...same.work.parameters, dense: { weight: [], bias: [] } };
  const told = reduce(same, { type: 'forward/replied', revision: 1, work: same.work, trace: trace(2), parameters: whole });
  assert.deepEqual(told.work.parameters, whole);
  assert.equal(told.past.length, 1);
});

test('a larger kernel keeps the middle of the old one', () => {
  const { state } = opening();
  const five = reduce(state, { type: 'network/settings', settings: { ...settingsOf(state.work.network), kernel: 5 } });
  const [[matrix]] = five.work.parameters.conv.weight;
  assert.deepEqual(matrix, [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]);
  assert.deepEqual(five.work.presets, [null, null]);
});

test('editing one weight makes the kernel a custom one', () => {
  const { state } = opening();
  const { work } = reduce(state, { type: 'filter/weight', filter: 0, row: 1, col: 2, value: -0.5 });
  assert.equal(work.parameters.conv.weight[0][0][1][2], -0.5);
  assert.equal(work.presets[0], null);
  assert.equal(state.work.parameters.conv.weight[0][0][1][2], 1, 'the old state is untouched');
});

test('when the server is away the work stays, and a reply brings it back', () => {
  const { state, trace } = opening();
  const drawn = reduce(state, { type: 'image/stroke', cell: [2, 2], value: 1 });
  const away = reduce(drawn, { type: 'server/unreachable', retryAt: 99 });
  assert.equal(away.server.status, 'unreachable');
  assert.equal(away.work.image[2][2], 1);
  const back = reduce(away, { type: 'forward/replied', revision: 1, work: away.work, trace: trace(2) });
  assert.equal(back.server.status, 'ok');
});

test('a selected cell that no longer exists gives way to one that does', () => {
  const { state, trace } = opening();
  const one = reduce(state, { type: 'filter/remove', filter: 1 });
  const told = reduce(one, { type: 'forward/replied', revision: 1, work: one.work, trace: trace(1) });
  assert.equal(told.selected, 'conv[0][0][0]');
});

test('an unknown action is an error, not a silent nothing', () => {
  assert.throws(() => reduce(opening().state, { type: 'nonsense' }), /unknown action 'nonsense'/);
});
