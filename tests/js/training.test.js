// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnose } from '../../static/js/lib/diagnosis.js';
import { createEventParser } from '../../static/js/lib/events.js';
import { cosine, nearestPreset } from '../../static/js/lib/similarity.js';
import { readings } from '../../static/js/lib/work.js';
import { isSettled, needsTrace, reduce } from '../../static/js/state.js';
import { map, opening } from './opening.js';

const run = (/** @type {any} */ state, /** @type {any[]} */ ...actions) => actions.reduce(reduce, state);

/** Records of the epochs that follow, each read as its own number. @param {any} state @param {any} trace @param {number} count */
function records(state, trace, count) {
  const first = state.work.run.length;
  return Array.from({ length: count }, (_, i) => ({
    epoch: first + i, loss: 1 / (first + i), accuracy: 0.5, testLoss: null, testAccuracy: null, optimizerState: { step: first + i },
    parameters: { ...state.work.parameters, epoch: first + i },
    trace: { ...trace(2), predicted: first + i }, traceImage: state.work.image,
  }));
}

/** A page that has trained. @param {number} count */
function trained(count) {
  const { state, trace } = opening();
  const started = reduce(state, { type: 'train/start' });
  const { id } = started.training;
  return { trace, id, state: reduce(started, { type: 'train/epochs', id, records: records(started, trace, count) }) };
}

test('training follows the newest epoch and needs no request for its trace', () => {
  const { state } = trained(3);
  assert.equal(state.work.at, 3);
  assert.equal(/** @type {any} */ (state.work.parameters).epoch, 3);
  assert.equal(state.shown?.trace.predicted, 3);
  assert.equal(isSettled(state), true);
  assert.equal(needsTrace(state), false);
});

test('a look back while training stays where it is', () => {
  const { state, trace, id } = trained(3);
  const back = reduce(state, { type: 'time/go', at: 1 });
  const more = reduce(back, { type: 'train/epochs', id, records: records(back, trace, 1) });
  assert.equal(more.work.at, 1);
  assert.equal(more.work.run.length, 5);
});

test('epochs of a run that was stopped are not taken', () => {
  const { state, trace, id } = trained(2);
  const paused = reduce(state, { type: 'train/pause' });
  assert.equal(reduce(paused, { type: 'train/epochs', id, records: records(paused, trace, 1) }), paused);
});

test('time travel shows the parameters of that epoch and keeps the run', () => {
  const { state } = trained(4);
  const back = reduce(state, { type: 'time/go', at: 2 });
  assert.equal(/** @type {any} */ (back.work.parameters).epoch, 2);
  assert.equal(back.work.run.length, 5);
  assert.equal(isSettled(back), true);
  assert.equal(reduce(back, { type: 'time/go', at: 99 }).work.at, 4);
});

test('training from an earlier epoch branches: what came after is kept as the grey curve', () => {
  const { state } = trained(4);
  const paused = run(state, { type: 'train/pause' }, { type: 'time/go', at: 2 });
  const branch = reduce(paused, { type: 'train/start' });
  assert.equal(branch.work.run.length, 3);
  assert.equal(branch.previous?.loss.length, 5);
  assert.equal(branch.training.until, 5, 'it goes on to the planned epochs');
});

test('past the planned epochs, Train adds as many again, and Step adds one', () => {
  const { state, id } = trained(5);
  const done = reduce(state, { type: 'train/done', id });
  assert.equal(done.training.status, 'idle');
  assert.equal(reduce(done, { type: 'train/start' }).training.until, 10);
  assert.equal(reduce(done, { type: 'train/start', epochs: 1 }).training.until, 6);
});

test('reset goes back to epoch 0 and can be undone', () => {
  const { state } = trained(3);
  const reset = reduce(state, { type: 'train/reset' });
  assert.equal(reset.work.run.length, 1);
  assert.equal(reset.training.status, 'idle');
  assert.equal(reduce(reset, { type: 'undo' }).work.run.length, 4);
});

test('undoing a drawing keeps what was learned since', () => {
  const { state, trace } = opening();
  const drawn = reduce(state, { type: 'image/stroke', cell: [0, 0], value: 1 });
  const started = reduce(drawn, { type: 'train/start' });
  const learned = reduce(started, { type: 'train/epochs', id: started.training.id, records: records(started, trace, 2) });
  const undone = reduce(learned, { type: 'undo' });
  assert.deepEqual(undone.work.image, map(5));
  assert.equal(undone.work.run.length, 3);
  assert.equal(undone.work.at, 2);
});

test('changing a kernel by hand stops training and begins a new run', () => {
  const { state } = trained(3);
  const edited = reduce(state, { type: 'filter/preset', filter: 0, id: 'box' });
  assert.equal(edited.training.status, 'idle');
  assert.equal(edited.work.run.length, 1);
  assert.equal(edited.previous?.loss.length, 4);
  assert.equal(reduce(edited, { type: 'undo' }).work.run.length, 4);
});

test('undoing an edit made before a training goes back to where its run was, and stops', () => {
  const { state, trace } = opening();
  for (const edit of [{ type: 'filter/weight', filter: 0, row: 0, col: 0, value: 7 }, { type: 'network/activation', activation: 'tanh' }]) {
    const started = run(state, edit, { type: 'train/start' });
    const learned = reduce(started, { type: 'train/epochs', id: started.training.id, records: records(started, trace, 2) });
    const undone = reduce(learned, { type: 'undo' });
    assert.deepEqual([undone.work.at, undone.work.run, undone.training.status], [0, state.work.run, 'idle']);
    assert.equal(undone.work.parameters, state.work.parameters);
    const redone = reduce(undone, { type: 'redo' });
    assert.deepEqual([redone.work.at, redone.work.run.length, redone.work.parameters], [2, 3, learned.work.parameters]);
  }
});

test('another drawing is read anew at every epoch', () => {
  const { state } = trained(2);
  const paused = reduce(state, { type: 'train/pause' });
  const drawn = reduce(paused, { type: 'image/stroke', cell: [0, 0], value: 1 });
  assert.deepEqual(readings(drawn.work), [null, null, null]);
  assert.equal(needsTrace(drawn), true);
  const trace = (/** @type {number} */ predicted) => ({ .../** @type {any} */ (state.shown).trace, predicted });
  const told = reduce(drawn, { type: 'replay/replied', image: drawn.work.image, run: drawn.work.run, epochs: [0, 1, 2], traces: [trace(7), trace(8), trace(9)] });
  assert.deepEqual(readings(told.work), [7, 8, 9]);
  assert.equal(told.shown?.trace.predicted, 9);
  assert.equal(isSettled(told), true);
});

test('a reply about another drawing is not taken', () => {
  const { state } = trained(1);
  assert.equal(reduce(state, { type: 'replay/replied', image: map(5), run: state.work.run, epochs: [0], traces: [{}] }), state);
});

test('a change of what a run learns by stops it at the newest epoch and says so, and late epochs are not taken', () => {
  const { state, trace, id } = trained(2);
  const { optimizer } = state.plan;
  for (const change of [
    { optimizer: { type: 'sgd', learning_rate: 0.003, momentum: 0 } },
    { optimizer: { ...optimizer, learning_rate: 0.3 } },
    { batchSize: 10 },
    { shuffle: false },
  ]) {
    const changed = reduce(state, { type: 'plan/change', change });
    assert.equal(changed.training.status, 'idle');
    assert.match(changed.said.text, /^Stopped at epoch 2: another /);
    assert.deepEqual(changed.plan, { ...state.plan, ...change });
    assert.equal(reduce(changed, { type: 'train/epochs', id, records: records(changed, trace, 1) }), changed);
  }
});

test('the speed, the number of epochs and a plan chosen again leave a run alone', () => {
  const { state } = trained(2);
  for (const change of [{ speed: 'slow' }, { epochs: 50 }, { optimizer: { ...state.plan.optimizer } }, { batchSize: state.plan.batchSize }]) {
    const changed = reduce(state, { type: 'plan/change', change });
    assert.equal(changed.training, state.training);
    assert.equal(changed.said, state.said);
  }
});

test('freezing a filter during a run stops it, for its kernel would go on changing', () => {
  const { state } = trained(2);
  const frozen = reduce(state, { type: 'filter/freeze', filter: 1 });
  assert.equal(frozen.training.status, 'idle');
  assert.equal(frozen.said.text, 'Stopped at epoch 2: Filter B is frozen');
});

test('a drawing is added with its label, once', () => {
  const { state } = opening();
  const none = reduce(state, { type: 'examples/add', set: 'training' });
  assert.equal(none.sets.training.examples.length, 1, 'nothing drawn, nothing added');
  const drawn = run(state, { type: 'image/stroke', cell: [0, 0], value: 1 }, { type: 'image/label', label: 3 }, { type: 'examples/add', set: 'training' });
  assert.equal(drawn.sets.training.examples[1].label, 3);
  assert.equal(reduce(drawn, { type: 'examples/add', set: 'training' }).sets.training.examples.length, 2);
});

test('a frozen filter stays frozen when another before it is removed', () => {
  const { state } = opening();
  const frozen = reduce(state, { type: 'filter/freeze', filter: 1 });
  assert.deepEqual(frozen.work.network.layers[0].frozen_filters, [1]);
  assert.equal(frozen.work.run, state.work.run, 'freezing is no new run');
  const removed = reduce(frozen, { type: 'filter/remove', filter: 0 });
  assert.deepEqual(removed.work.network.layers[0].frozen_filters, [0]);
});

test('each trouble is named with a remedy', () => {
  const { state } = opening();
  const ids = (/** @type {any} */ s) => diagnose(s).map((f) => f.id);
  assert.ok(ids(state).includes('empty'));
  const drawn = reduce(state, { type: 'image/stroke', cell: [0, 0], value: 1 });
  assert.ok(ids(drawn).includes('missing-8'));
  assert.ok(ids(drawn).includes('dead-0'), 'every cell of its map is 0');
  const bare = reduce(drawn, { type: 'examples/clear', set: 'training' });
  assert.ok(ids(bare).includes('no-examples'));
  const started = reduce(drawn, { type: 'train/start' });
  const failed = reduce(started, { type: 'train/failed', id: started.training.id, failure: { epoch: 2, detail: 'Too fast.', diverged: true } });
  const [worst] = diagnose(failed);
  assert.equal(worst.id, 'diverged');
  assert.match(worst.remedy?.name ?? '', /Back to epoch 0, rate 0.0003/);
  const mended = (worst.remedy?.actions ?? []).reduce(reduce, failed);
  assert.equal(mended.plan.optimizer.learning_rate, 0.0003);
  assert.ok(!ids(mended).includes('diverged'));
});

test('a loss that hardly falls is called slow', () => {
  const { state, trace } = opening();
  const started = reduce(reduce(state, { type: 'image/stroke', cell: [0, 0], value: 1 }), { type: 'train/start', epochs: 9 });
  const slow = records(started, trace, 9).map((r, i) => ({ ...r, loss: 2.3 - i * 1e-4 }));
  const done = run(started, { type: 'train/epochs', id: started.training.id, records: slow }, { type: 'train/done', id: started.training.id });
  assert.ok(diagnose(done).some((f) => f.id === 'slow'));
});

test('events are read whatever pieces they come in', () => {
  const text = ': heartbeat\n\nevent: epoch\nid: 1\ndata: {"epoch": 1}\n\nevent: done\ndata: {}\n\n';
  for (const size of [1, 7, text.length]) {
    const parser = createEventParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(found, [{ event: 'epoch', data: '{"epoch": 1}', id: '1' }, { event: 'done', data: '{}', id: '' }]);
  }
});

test('cosine similarity is 1 for the same direction, −1 for the opposite, 0 for nothing', () => {
  assert.equal(cosine([[1, 2]], [[2, 4]]), 1);
  assert.equal(cosine([[1, 2]], [[-1, -2]]), -1);
  assert.equal(cosine([[0, 0]], [[1, 2]]), 0);
  /** @type {any} */
  const kernels = [{ id: 'a', matrix: [[1, 0]] }, { id: 'b', matrix: [[0, 1]] }, { id: 'c', matrix: [[1]] }];
  assert.equal(nearestPreset([[0.2, 3]], kernels)?.kernel.id, 'b');
});
