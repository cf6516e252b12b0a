// @ts-check
/** The training effect against a server that is a function: what it asks for, and what it tells the page. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createTrainingEffect } from '../../static/js/effects/training.js';
import { reduce } from '../../static/js/state.js';
import { map, opening } from './opening.js';

/** @type {any} */
const world = globalThis;
const { fetch: realFetch } = world;
world.requestAnimationFrame = (/** @type {(now: number) => void} */ f) => setTimeout(() => f(performance.now()), 1);
world.cancelAnimationFrame = clearTimeout;
afterEach(() => (world.fetch = realFetch));

/** @param {string} event @param {object} data */
const sent = (event, data) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** The epochs from `first` to `last`, as a server that goes on from the parameters it is given would make them. @param {number} first @param {number} last */
const epochs = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .map((epoch) => sent('epoch', { epoch, loss: 1 / epoch, accuracy: 0, parameters: { conv: { weight: [epoch] }, dense: {} }, optimizer_state: { step: epoch } }))
    .join('');

/**
 * A page that trains against these replies, after the actions `first`.
 * @param {((body: any, dispatch: (action: any) => void) => string)[]} replies
 * @param {{from?: any, first?: any[]}} [options]
 */
async function trainAgainst(replies, { from = opening().state, first = [] } = {}) {
  /** @type {any[]} */
  const bodies = [];
  /** @type {string[]} */
  const actions = [];
  let state = { ...from, plan: { ...from.plan, speed: 'full' } };
  await new Promise((resolve) => {
    const store = {
      getState: () => state,
      dispatch: (/** @type {any} */ action) => {
        actions.push(action.type);
        const before = state.training.status;
        state = reduce(state, action);
        effect.update(state);
        if (before === 'running' && state.training.status !== 'running') resolve(undefined);
      },
    };
    world.fetch = async (/** @type {string} */ _, /** @type {any} */ { body }) => {
      bodies.push(JSON.parse(body));
      return new Response(replies[bodies.length - 1](bodies.at(-1), store.dispatch), { headers: { 'content-type': 'text/event-stream' } });
    };
    const effect = createTrainingEffect(store);
    for (const action of [...first, { type: 'train/start' }]) store.dispatch(action);
  });
  return { state, bodies, actions };
}

test('a training whose server has to end goes on at once, without a word', async () => {
  const { state, bodies, actions } = await trainAgainst([
    () => sent('start', {}) + epochs(1, 2) + sent('paused', { next_epoch: 3, epochs_left: 3 }),
    () => sent('start', {}) + sent('paused', { next_epoch: 3, epochs_left: 3 }),
    () => sent('start', {}) + epochs(3, 5) + sent('done', {}),
  ]);
  assert.deepEqual(bodies.map((b) => [b.first_epoch, b.epochs]), [[1, 5], [3, 3], [3, 3]]);
  assert.deepEqual(bodies[2].parameters.conv.weight, [2]);
  assert.deepEqual(bodies[2].optimizer_state, { step: 2 });
  assert.deepEqual(state.work.run.map((r) => r.epoch), [0, 1, 2, 3, 4, 5]);
  assert.equal(state.training.status, 'idle');
  assert.ok(!actions.includes('server/unreachable'));
});

test('a stream that is lost after the last epoch owes nothing but its end', async () => {
  const { state, bodies } = await trainAgainst([() => sent('start', {}) + epochs(1, 5)]);
  assert.equal(bodies.length, 1);
  assert.deepEqual(state.work.run.map((r) => r.epoch), [0, 1, 2, 3, 4, 5]);
  assert.equal(state.training.status, 'idle');
});

test('a run that is opened again learns by what it began with, whatever was changed meanwhile', async () => {
  const extra = { image: map(5, 0.5), label: 2 };
  const { bodies } = await trainAgainst([
    (_, dispatch) => {
      // a set to test with does not change what is learned, so it may come at any time
      dispatch({ type: 'examples/load', set: 'test', loaded: { name: 'Test set', examples: [extra], reference: null } });
      return epochs(1, 2) + sent('paused', {});
    },
    () => epochs(3, 5) + sent('done', {}),
  ]);
  const { parameters: p1, epochs: e1, first_epoch: f1, ...before } = bodies[0];
  const { parameters: p2, epochs: e2, first_epoch: f2, optimizer_state: memory, ...after } = bodies[1];
  assert.deepEqual(after, before);
  assert.deepEqual([e1, f1, e2, f2, memory], [5, 1, 3, 3, { step: 2 }]);
  assert.notDeepEqual(p1, p2);
});

const ADAM = { type: 'adam', learning_rate: 0.003 };
const SGD = { type: 'sgd', learning_rate: 0.003, momentum: 0 };
const MOMENTUM = { ...SGD, momentum: 0.9 };

for (const [name, before, after, kept] of /** @type {[string, any, any, boolean][]} */ ([
  ['from Adam to SGD', ADAM, SGD, false],
  ['from SGD to Adam', SGD, ADAM, false],
  ['from momentum to SGD without', MOMENTUM, SGD, false],
  ['to another rate', ADAM, { ...ADAM, learning_rate: 0.1 }, true],
])) {
  test(`Train after a change ${name} ${kept ? 'goes on with' : 'leaves out'} what the optimizer remembered`, async () => {
    const change = (/** @type {any} */ optimizer) => ({ type: 'plan/change', change: { optimizer } });
    const one = await trainAgainst([() => epochs(1, 5) + sent('done', {})], { first: [change(before)] });
    const two = await trainAgainst([() => epochs(6, 10) + sent('done', {})], { from: one.state, first: [change(after)] });
    assert.equal(two.bodies[0].first_epoch, 6);
    assert.deepEqual(two.bodies[0].optimizer, after);
    assert.deepEqual(two.bodies[0].optimizer_state, kept ? { step: 5 } : undefined);
  });
}

test('another optimizer chosen during a run ends it, and Train goes on without the memory of the first', async () => {
  const one = await trainAgainst([
    (_, dispatch) => {
      setTimeout(() => dispatch({ type: 'plan/change', change: { optimizer: SGD } }));
      return epochs(1, 3) + sent('paused', {});
    },
    () => epochs(4, 5) + sent('done', {}),
  ]);
  const newest = one.state.work.run.length - 1;
  assert.ok(newest < 5, 'the run was stopped');
  const two = await trainAgainst([() => epochs(newest + 1, 5) + sent('done', {})], { from: one.state });
  assert.equal('optimizer_state' in two.bodies[0], false);
  assert.deepEqual([two.bodies[0].first_epoch, two.bodies[0].optimizer], [newest + 1, SGD]);
});

test('a memory kept before it was known whose it is, is left out', async () => {
  const { state } = opening();
  const run = state.work.run.map((r) => ({ ...r, optimizerState: /** @type {any} */ ({ step: 0, exp_avg: {} }) }));
  const { bodies } = await trainAgainst([() => epochs(1, 5) + sent('done', {})], { from: { ...state, work: { ...state.work, run } } });
  assert.equal('optimizer_state' in bodies[0], false);
});
