// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fragment, linked } from '../../static/js/effects/link.js';
import { reduce } from '../../static/js/state.js';
import { map, opening } from './opening.js';

/** The other experiment, as a loader brings it. @param {any} state */
const other = (state) => ({
  id: 'other', name: 'Other', network: state.work.network, parameters: { conv: { weight: [[map(3, 7)], [map(3, 7)]] }, dense: state.work.parameters.dense },
  presets: [null, null], seed: 1, sets: state.sets, plan: { epochs: 9 },
});

/** Somebody's own work: a drawing, and an epoch of training. @returns {any} */
function own() {
  let { state } = opening();
  state = reduce(state, { type: 'image/load', image: map(5, 1), name: 'It', label: 3 });
  state = reduce(state, { type: 'train/start' });
  const record = { epoch: 1, loss: 1, accuracy: 1, testLoss: null, testAccuracy: null, parameters: state.work.parameters, optimizerState: null, trace: null, traceImage: null };
  return reduce(state, { type: 'train/epochs', id: state.training.id, records: [record] });
}

test('a visit ends at the very work that it began from', () => {
  const before = own();
  const during = reduce(before, { type: 'experiment/load', experiment: other(before), visit: true });
  assert.equal(during.experiment, 'other');
  assert.equal(during.visit?.work, before.work);
  const changedThere = reduce(during, { type: 'image/label', label: 1 });
  const after = reduce(changedThere, { type: 'visit/end' });
  for (const key of /** @type {const} */ (['label', 'experiment', 'sets', 'plan', 'past', 'future', 'focus', 'selected'])) assert.equal(after[key], before[key], key);
  assert.deepEqual(after.work, before.work);
  assert.equal(after.visit, null);
  assert.equal(after.training.status, 'idle');
  assert.ok(after.revision > changedThere.revision, 'a new trace is asked for');
});

test('another link during a visit keeps the way back to the own work', () => {
  const before = own();
  const first = reduce(before, { type: 'experiment/load', experiment: other(before), visit: true });
  const second = reduce(first, { type: 'experiment/load', experiment: { ...other(before), id: 'third' }, visit: true });
  assert.equal(second.visit?.work, before.work);
});

test('an experiment that the person chooses is no visit', () => {
  const before = own();
  assert.equal(reduce(before, { type: 'experiment/load', experiment: other(before) }).visit, null);
});

test('what a visit shows can be kept', () => {
  const before = own();
  const during = reduce(before, { type: 'experiment/load', experiment: other(before), visit: true });
  const kept = reduce(during, { type: 'visit/keep' });
  assert.equal(kept.visit, null);
  assert.equal(kept.experiment, 'other');
});

test('the address of the own work leads back to it during a visit', () => {
  const before = own();
  const during = reduce(before, { type: 'experiment/load', experiment: other(before), visit: true });
  assert.deepEqual(linked(fragment(before), during).actions, [{ type: 'visit/end' }]);
});
