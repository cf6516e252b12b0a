// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDrawable } from '../../static/js/lib/saved-state.js';
import { ownWork } from '../../static/js/state/visit.js';
import { opening } from './opening.js';

/** A state as storage gives it back. @returns {any} */
const saved = () => JSON.parse(JSON.stringify(ownWork(opening().state)));

test('the state that the page opens with can be drawn', () => {
  assert.equal(isDrawable(saved()), true);
});

/** @type {[string, (state: any) => void][]} */
const DAMAGES = [
  ['no image', (s) => { s.work.image = null; }],
  ['an empty image', (s) => { s.work.image = []; }],
  ['a ragged image', (s) => { s.work.image[2].pop(); }],
  ['a pixel above 1', (s) => { s.work.image[0][0] = 2; }],
  ['a pixel that is text', (s) => { s.work.image[0][0] = '1'; }],
  ['no selected number', (s) => { s.selected = null; }],
  ['a selector as the selected number', (s) => { s.selected = '"] *'; }],
  ['no network', (s) => { delete s.work.network; }],
  ['a network without its activation', (s) => { s.work.network.layers.splice(1, 1); }],
  ['an unknown activation', (s) => { s.work.network.layers[1].type = 'swish'; }],
  ['another number of filters than kernels', (s) => { s.work.network.layers[0].out_channels = 3; }],
  ['a kernel number that is missing', (s) => { s.work.parameters.conv.weight[0][0][0][0] = null; }],
  ['no epochs', (s) => { s.work.run = []; }],
  ['an epoch that is not there', (s) => { s.work.at = 7; }],
  ['an epoch without parameters', (s) => { delete s.work.run[0].parameters; }],
  ['a loss that is text', (s) => { s.work.run[0].loss = 'low'; }],
  ['no shelf', (s) => { s.work.shelf = null; }],
  ['a label beyond 9', (s) => { s.label = 12; }],
  ['no sets', (s) => { s.sets = null; }],
  ['an example without an image', (s) => { s.sets.training.examples = [{ label: 1 }]; }],
  ['no plan', (s) => { s.plan = undefined; }],
  ['an unknown speed', (s) => { s.plan.speed = 'toString'; }],
  ['a learning rate of null', (s) => { s.plan.optimizer.learning_rate = null; }],
  ['a focus beyond the filters', (s) => { s.focus = 2; }],
  ['a curve without losses', (s) => { s.previous = {}; }],
  ['an unknown direction', (s) => { s.direction = 'sideways'; }],
  ['no decimals', (s) => { s.decimals = 'many'; }],
];

for (const [name, damage] of DAMAGES) {
  test(`a state with ${name} cannot be drawn`, () => {
    const state = saved();
    damage(state);
    assert.equal(isDrawable(state), false);
  });
}
