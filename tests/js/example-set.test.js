// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atHand, isWhole } from '../../static/js/lib/example-set.js';
import { reduce } from '../../static/js/state.js';
import { opening } from './opening.js';

const EXAMPLES = [{ image: [[1]], label: 3 }, { image: [[0]], label: 4 }];
const reference = (/** @type {number} */ limit) => ({ dataset: 'digits', split: 'train', limit });

test('a set that nobody changed is asked about by the name of its data set', () => {
  assert.deepEqual(atHand({ examples: EXAMPLES, reference: reference(2) }), reference(2));
});

test('of a large data set only the examples that the page has are asked about', () => {
  assert.deepEqual(atHand({ examples: EXAMPLES, reference: reference(7000) }), reference(2));
});

test('a set of one\'s own is asked about example by example', () => {
  assert.equal(atHand({ examples: EXAMPLES, reference: null }), EXAMPLES);
});

test('a set is whole when all of its data set is at hand', () => {
  assert.equal(isWhole({ name: '', examples: EXAMPLES, reference: reference(2) }), true);
  assert.equal(isWhole({ name: '', examples: EXAMPLES, reference: reference(3) }), false);
  assert.equal(isWhole({ name: '', examples: EXAMPLES, reference: null }), true);
});

test('whoever changes an example has a set of their own', () => {
  const { state } = opening();
  const work = { ...state.work, image: state.work.image.map((row) => row.map(() => 0.5)) };
  const named = { ...state, work, sets: { ...state.sets, training: { name: 'Digits', examples: EXAMPLES, reference: reference(2) } } };
  for (const action of [
    { type: 'examples/relabel', set: 'training', index: 0, label: 5 },
    { type: 'examples/remove', set: 'training', index: 0 },
    { type: 'examples/add', set: 'training' },
  ]) {
    assert.equal(reduce(named, action).sets.training.reference, null, action.type);
  }
});
