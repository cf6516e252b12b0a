// @ts-check
/** What stands in the way of learning, in plain words, each with one remedy. The worst comes first. */
import { isWhole } from './example-set.js';
import { filterLetter } from './format.js';
import { isBlank } from './image.js';
import { isFrozen, STAGE, stages } from './network.js';
import { lastEpoch, record } from './work.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Action} Action */
/** @typedef {{id: string, wrong: boolean, text: string, remedy: {name: string, actions: Action[]}|null}} Finding */

const SLOW_EPOCHS = 8; // epochs after which hardly falling loss is called slow
const SLOW_FALL = 0.02; // of the first loss

const GUESSING = Math.log(10); // the loss of ten equal probabilities
const EXPLODED = 10; // times the loss of guessing
/** Rates that are safe to begin with, as the optimizers' own defaults. @type {Record<string, number>} */
const SAFE_RATES = { sgd: 0.01, adam: 0.003 };

/** A learning rate that overshoots less. @param {import('./types.js').OptimizerSpec} optimizer */
const slower = ({ type, learning_rate: rate }) => (rate > 1 ? SAFE_RATES[type] : rounded(rate / 10));

/** @param {number} rate */
const rounded = (rate) => Number(rate.toPrecision(2));

/**
 * @param {State} state
 * @returns {Finding[]}
 */
export function diagnose(state) {
  return [diverged(state), exploded(state), refused(state), noExamples(state), deadFilter(state), tooSlow(state), missingClass(state), emptyDrawing(state)].filter((f) => f !== null);
}

/** @param {State} state @returns {Finding|null} */
function diverged({ training: { failure }, plan, work }) {
  if (!failure?.diverged) return null;
  const rate = slower(plan.optimizer);
  const last = lastEpoch(work);
  const where = failure.epoch === null ? '' : ` at epoch ${failure.epoch}`;
  return {
    id: 'diverged',
    wrong: true,
    text: `Training diverged${where}: ${failure.detail.replace(/[.;]?$/, '.')} Nothing before is lost.`,
    remedy: {
      name: `Back to epoch ${last}, rate ${rate}`,
      actions: [
        { type: 'train/dismiss' },
        { type: 'plan/change', change: { optimizer: { ...plan.optimizer, learning_rate: rate } } },
        { type: 'time/go', at: last },
      ],
    },
  };
}

/** Finite, but worse by far than guessing: the steps overshoot. @param {State} state @returns {Finding|null} */
function exploded({ work, plan }) {
  const { loss } = record(work);
  if (loss === null || !(loss > EXPLODED * GUESSING)) return null;
  const rate = slower(plan.optimizer);
  const sane = work.run.findLastIndex((r, at) => at < work.at && (r.loss ?? 0) <= 2 * GUESSING);
  const back = Math.max(0, sane);
  return {
    id: 'exploded',
    wrong: true,
    text: `Training diverged: at epoch ${work.at} the loss is ${loss.toFixed(0)}, and mere guessing gives ${GUESSING.toFixed(1)}. The learning rate ${plan.optimizer.learning_rate} overshoots. Nothing before is lost.`,
    remedy: {
      name: `Back to epoch ${back}, rate ${rate}`,
      actions: [
        { type: 'train/pause' },
        { type: 'plan/change', change: { optimizer: { ...plan.optimizer, learning_rate: rate } } },
        { type: 'time/go', at: back },
      ],
    },
  };
}

/** @param {State} state @returns {Finding|null} */
function refused({ training: { failure } }) {
  if (!failure || failure.diverged) return null;
  return { id: 'refused', wrong: true, text: `Training did not run: ${failure.detail}`, remedy: { name: 'Dismiss', actions: [{ type: 'train/dismiss' }] } };
}

/** @param {State} state @returns {Finding|null} */
function noExamples({ sets, label, work }) {
  if (sets.training.examples.length) return null;
  const remedy = isBlank(work.image) ? null : { name: `Add this drawing as ${label}`, actions: [{ type: 'examples/add', set: 'training' }] };
  return { id: 'no-examples', wrong: false, text: 'The training set is empty, so there is nothing to learn from.', remedy };
}

/** A filter whose activation is 0 everywhere, for this drawing: no gradient reaches its kernel. @param {State} state @returns {Finding|null} */
function deadFilter({ shown, work }) {
  if (!shown || isBlank(work.image) || stages(shown.work.network).activation.type !== 'relu') return null;
  const maps = shown.trace.layers[STAGE.activation].output;
  const filter = maps.findIndex((/** @type {number[][]} */ map, /** @type {number} */ o) => !isFrozen(work.network, o) && map.every((row) => row.every((v) => v === 0)));
  if (filter < 0) return null;
  return {
    id: `dead-${filter}`,
    wrong: false,
    text: `Filter ${filterLetter(filter)} is silent: ReLU cuts its whole map to 0 for this drawing, so no gradient reaches its kernel.`,
    remedy: { name: 'Use leaky ReLU', actions: [{ type: 'network/activation', activation: 'leaky_relu' }] },
  };
}

/** @param {State} state @returns {Finding|null} */
function tooSlow({ work, plan, training }) {
  const losses = work.run.slice(1, work.at + 1).map((r) => r.loss ?? NaN);
  if (training.status === 'running' || losses.length < SLOW_EPOCHS || (record(work).accuracy ?? 0) > 0.9) return null;
  const first = losses[0];
  const last = losses[losses.length - 1];
  if (!(first - last < SLOW_FALL * first)) return null;
  const rate = rounded(plan.optimizer.learning_rate * 10);
  return {
    id: 'slow',
    wrong: false,
    text: `In ${losses.length} epochs the loss hardly fell. The learning rate ${plan.optimizer.learning_rate} may be too small.`,
    remedy: { name: `Use ${rate}`, actions: [{ type: 'plan/change', change: { optimizer: { ...plan.optimizer, learning_rate: rate } } }] },
  };
}

/** @param {State} state @returns {Finding|null} */
function missingClass({ sets, label, work }) {
  const { examples } = sets.training;
  if (!examples.length || !isWhole(sets.training) || isBlank(work.image) || examples.some((e) => e.label === label)) return null;
  return {
    id: `missing-${label}`,
    wrong: false,
    text: `The training set has no ${label}, so the network cannot learn to read one.`,
    remedy: { name: `Add this drawing as ${label}`, actions: [{ type: 'examples/add', set: 'training' }] },
  };
}

/** @param {State} state @returns {Finding|null} */
function emptyDrawing({ work, catalogue, label }) {
  if (!isBlank(work.image)) return null;
  return {
    id: 'empty',
    wrong: false,
    text: 'Nothing is drawn, so there is nothing to read; only biases flow.',
    remedy: { name: `Draw a ${label}`, actions: [{ type: 'image/load', image: catalogue.digits[label], name: `Digit ${label}` }] },
  };
}
