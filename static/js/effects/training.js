// @ts-check
/**
 * Run the training that the state asks for. The server streams epochs as fast as it can; they are shown at the chosen speed,
 * at most one a frame. A stream that is lost, or paused because its server has to end, is opened again from the last epoch
 * that arrived, by the rules it began with: the numbers go on bit for bit.
 */
import { Refused, train, Unreachable } from '../api.js';
import { SPEEDS } from '../lib/speeds.js';
import { lastEpoch, ruleOf } from '../lib/work.js';
import { createBackoff } from './backoff.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').EpochRecord} EpochRecord */
/** @typedef {{getState: () => State, dispatch: import('../lib/types.js').Dispatch}} Store */

const PATIENT_TRIES = 30;

/** @param {Store} store */
export function createTrainingEffect({ getState, dispatch }) {
  let id = 0;
  /** @type {AbortController|null} */
  let stream = null;
  /** @type {EpochRecord[]} */
  let queue = [];
  /** @type {EpochRecord|null} */
  let newest = null;
  /** The state that the run began in: what is changed meanwhile does not touch it. */
  let begun = getState();
  /** @type {(() => void)|null} */
  let ending = null;
  let frame = 0;
  let shownAt = 0;
  let tries = 0;
  const backoff = createBackoff(dispatch);

  /** @param {EpochRecord} from @param {import('../lib/types.js').Matrix} probe */
  function body(from, probe) {
    const { work, sets, plan, training } = begun;
    const { training: set, test } = sets;
    const testSet = test.reference ?? (test.examples.length ? test.examples : null);
    return {
      network: work.network,
      parameters: from.parameters,
      examples: set.reference ?? set.examples,
      ...(testSet ? { test: testSet } : {}),
      optimizer: plan.optimizer,
      ...(from.optimizerState?.rule === ruleOf(plan.optimizer) ? { optimizer_state: from.optimizerState.memory } : {}),
      epochs: training.until - from.epoch,
      first_epoch: from.epoch + 1,
      batch_size: plan.batchSize,
      shuffle: plan.shuffle,
      seed: plan.seed,
      snapshot_every: 1,
      probe,
    };
  }

  /** @param {number} mine */
  async function run(mine) {
    const state = getState();
    const from = newest ?? state.work.run[lastEpoch(state.work)];
    if (from.epoch === state.training.until) { // all that the lost stream still owed was its end
      ending = () => dispatch({ type: 'train/done', id: mine });
      return;
    }
    const controller = (stream = new AbortController());
    const probe = state.work.image;
    try {
      for await (const { event, data } of train(body(from, probe), controller.signal)) {
        if (mine !== id) return;
        if (getState().server.status !== 'ok') dispatch({ type: 'server/reachable' });
        if (event === 'epoch') {
          tries = 0; // only an epoch is a sign that it goes on: a run may be what ends its servers
          backoff.succeeded();
          newest = recordOf(data, probe, ruleOf(begun.plan.optimizer));
          queue.push(newest);
        } else if (event === 'done') {
          ending = () => dispatch({ type: 'train/done', id: mine });
        } else if (event === 'failed') {
          ending = () => dispatch({ type: 'train/failed', id: mine, failure: failureOf(data) });
        } else if (event === 'paused') return run(mine); // another server, or this one's successor, goes on
      }
    } catch (error) {
      if (mine !== id || controller.signal.aborted) return;
      if (error instanceof Refused) {
        const { detail } = error.problem;
        ending = () => dispatch({ type: 'train/failed', id: mine, failure: { epoch: null, detail, diverged: false } });
      } else if (error instanceof Unreachable && error.busy) { // it is there, and has others' runs to do first
        setTimeout(() => mine === id && run(mine), backoff.pause(error.retryAfter));
      } else if (error instanceof Unreachable && tries++ < PATIENT_TRIES) {
        backoff.later(() => mine === id && run(mine), error.retryAfter);
      } else if (error instanceof Unreachable) {
        ending = () => dispatch({ type: 'train/failed', id: mine, failure: { epoch: null, detail: 'The server did not come back.', diverged: false } });
      } else throw error;
    }
  }

  /** @param {number} now */
  function show(now) {
    frame = 0;
    if (getState().training.status !== 'running') return;
    const { speed } = getState().plan;
    const due = Math.floor(((now - shownAt) / 1000) * SPEEDS[speed]);
    const count = SPEEDS[speed] === Infinity ? queue.length : Math.min(due, queue.length, 1);
    if (count > 0) {
      shownAt = SPEEDS[speed] === Infinity || due > 2 ? now : shownAt + 1000 / SPEEDS[speed];
      dispatch({ type: 'train/epochs', id, records: queue.splice(0, count) });
    }
    if (queue.length === 0 && ending) {
      const end = ending;
      ending = null;
      end();
    } else frame = requestAnimationFrame(show);
  }

  function stop() {
    id = -1;
    stream?.abort();
    stream = null;
    queue = [];
    newest = null;
    ending = null;
    tries = 0;
    backoff.cancel();
    cancelAnimationFrame(frame);
    frame = 0;
  }

  return {
    /** @param {State} state */
    update({ training }) {
      const running = training.status === 'running';
      if (running && training.id !== id) {
        stop();
        id = training.id;
        begun = getState();
        shownAt = performance.now();
        run(id);
        frame = requestAnimationFrame(show);
      } else if (!running && id !== -1) stop();
    },
    /** The server may be back: do not wait for the next attempt. */
    retryNow() {
      if (id !== -1 && getState().server.status === 'unreachable') {
        backoff.cancel();
        stream?.abort();
        run(id);
      }
    },
    destroy: stop,
  };
}

/**
 * @param {any} data of an `epoch` event
 * @param {import('../lib/types.js').Matrix} probe
 * @param {string} rule
 * @returns {EpochRecord}
 */
const recordOf = (data, probe, rule) => ({
  epoch: data.epoch,
  loss: data.loss,
  accuracy: data.accuracy,
  testLoss: data.test_loss ?? null,
  testAccuracy: data.test_accuracy ?? null,
  parameters: data.parameters,
  optimizerState: data.optimizer_state ? { rule, memory: data.optimizer_state } : null,
  trace: data.probe ?? null,
  traceImage: data.probe ? probe : null,
});

/** @param {any} data of a `failed` event @returns {import('../lib/types.js').TrainingFailure} */
const failureOf = (data) => ({ epoch: data.epoch ?? null, detail: data.cause ?? data.detail ?? 'Training failed.', diverged: data.cause !== undefined });
