// @ts-check
/** A request that follows the state, against a server that is busy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unreachable } from '../../static/js/api.js';
import { createLatest } from '../../static/js/effects/latest.js';
import { opening } from './opening.js';

/** @param {boolean} busy */
async function askTwice(busy) {
  /** @type {string[]} */
  const actions = [];
  let asked = 0;
  const { state } = opening();
  await new Promise((resolve) => {
    const effect = createLatest({
      dispatch: ({ type }) => actions.push(type),
      key: () => 'the same',
      same: (a, b) => a === b,
      async ask() {
        asked += 1;
        if (asked > 1) return 'the reply';
        const away = new Unreachable('status 503');
        away.busy = busy;
        throw away;
      },
      onReply: (_, reply) => resolve(reply),
      finish: true,
    });
    effect.update(state);
    setTimeout(() => effect.update(state)); // whatever else changes does not make it ask sooner
    setTimeout(() => busy && assert.equal(asked, 1), 500);
  });
  return { actions, asked };
}

test('a busy server is asked again later, without a word', async () => {
  const { actions, asked } = await askTwice(true);
  assert.equal(asked, 2);
  assert.deepEqual(actions, ['server/reachable']);
});

test('a server that is away is told of', async () => {
  const { actions } = await askTwice(false);
  assert.equal(actions[0], 'server/unreachable');
});
