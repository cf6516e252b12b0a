// @ts-check
/** The training effect against a server that is a function: what it asks for, and what it tells the page. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createTrainingEffect } from '../../static/js/effects/training.js';
import { reduce } from '../../static/js/state.js';
import { opening } from './opening.js';

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

/** A page that trains for five epochs against these replies. @param {((body: any) => string)[]} replies */
async function trainAgainst(replies) {
  /** @type {any[]} */
  const bodies = [];
  /** @type {string[]} */
  const actions = [];
  world.fetch = async (/** @type {string} */ _, /** @type {any} */ { body }) => {
    bodies.push(JSON.parse(body));
    const reply = replies[bodies.length - 1];
    return new Response(reply(bodies.at(-1)), { headers: { 'content-type': 'text/event-stream' } });
  };
  let { state } = opening();
  state = { ...state, plan: { ...state.plan, speed: 'full' } };
  await new Promise((resolve) => {
    const store = {
      getState: () => state,
      dispatch: (/** @type {any} */ action) => {
        actions.push(action.type);
        state = reduce(state, action);
        effect.update(state);
        if (state.training.status !== 'running') resolve(undefined);
      },
    };
    const effect = createTrainingEffect(store);
    store.dispatch({ type: 'train/start' });
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
