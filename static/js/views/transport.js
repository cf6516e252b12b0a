// @ts-check
/** The bar that makes it learn: experiment, reset, train or pause, step, speed, time, and what the learning does. */
import { createSparkline } from '../charts/sparkline.js';
import { el, find, setAttribute, setEnabled, setText } from '../lib/dom.js';
import { isBlank } from '../lib/image.js';
import { lastEpoch, readings, record } from '../lib/work.js';

/** @typedef {import('../lib/types.js').State} State */

const OPTIMIZERS = Object.freeze({
  sgd: { name: 'SGD', spec: { type: 'sgd', momentum: 0 } },
  momentum: { name: 'Momentum', spec: { type: 'sgd', momentum: 0.9 } },
  adam: { name: 'Adam', spec: { type: 'adam' } },
});
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 1000];
const BATCHES = [1, 2, 5, 10, 16, 32, 64];

/** The end of the epoch slider. @param {State} state */
const lastShown = ({ work, training, plan }) => Math.max(lastEpoch(work), training.status === 'running' ? training.until : plan.epochs);

/** @param {import('../lib/types.js').OptimizerSpec} spec @returns {keyof typeof OPTIMIZERS} */
const optimizerName = (spec) => (spec.type === 'adam' ? 'adam' : spec.momentum ? 'momentum' : 'sgd');

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, loadExperiment: (id: string) => void}} context
 * @returns {import('../lib/types.js').View}
 */
export function createTransport(root, { dispatch, getState, loadExperiment }) {
  const part = (/** @type {string} */ name) => find(root, `[data-part=${name}]`);
  const trainButton = part('train');
  const trainLabel = part('train-label');
  const step = part('step');
  const reset = part('reset');
  const latest = part('latest');
  const slider = /** @type {HTMLInputElement} */ (part('epoch-slider'));
  const strip = part('strip');
  const spark = createSparkline(/** @type {any} */ (part('sparkline')));
  const select = (/** @type {string} */ name) => /** @type {HTMLSelectElement} */ (part(name));
  const fields = { experiment: select('experiment'), rate: select('rate'), optimizer: select('optimizer'), batch: select('batch'), speed: select('speed') };
  const epochs = /** @type {HTMLInputElement} */ (part('epochs'));
  const rows = { epoch: part('epoch'), of: part('epoch-of'), loss: part('loss'), accuracy: part('accuracy') };

  const isRunning = () => getState().training.status === 'running';
  trainButton.addEventListener('click', () => dispatch({ type: isRunning() ? 'train/pause' : 'train/start' }));
  step.addEventListener('click', () => dispatch({ type: 'train/start', epochs: 1 }));
  reset.addEventListener('click', () => dispatch({ type: 'train/reset' }));
  latest.addEventListener('click', () => dispatch({ type: 'time/go', at: Infinity }));
  slider.addEventListener('input', () => {
    const wanted = Number(slider.value);
    dispatch({ type: 'time/go', at: wanted });
    slider.value = String(getState().work.at); // epochs that have not been trained cannot be gone to
  });
  const plan = (/** @type {object} */ change) => dispatch({ type: 'plan/change', change });
  fields.rate.addEventListener('change', () => plan({ optimizer: { ...getState().plan.optimizer, learning_rate: Number(fields.rate.value) } }));
  fields.optimizer.addEventListener('change', () => {
    const { learning_rate } = getState().plan.optimizer;
    plan({ optimizer: { ...OPTIMIZERS[/** @type {keyof typeof OPTIMIZERS} */ (fields.optimizer.value)].spec, learning_rate } });
  });
  fields.batch.addEventListener('change', () => plan({ batchSize: Number(fields.batch.value) }));
  fields.speed.addEventListener('change', () => plan({ speed: fields.speed.value }));
  fields.experiment.addEventListener('change', () => loadExperiment(fields.experiment.value));
  epochs.addEventListener('change', () => {
    const { limits } = getState().catalogue;
    const value = Math.round(Number(epochs.value));
    if (value >= 1 && value <= limits.epochs) plan({ epochs: value });
    else epochs.value = String(getState().plan.epochs);
  });

  fields.optimizer.replaceChildren(...Object.entries(OPTIMIZERS).map(([value, { name }]) => el('option', { value }, name)));
  fields.experiment.replaceChildren(...getState().catalogue.experiments.map(({ id, name }) => el('option', { value: id }, name)));

  /**
   * The present value first among the usual ones, whatever it is.
   * @param {HTMLSelectElement} field
   * @param {number[]} usual
   * @param {number} value
   */
  function offer(field, usual, value) {
    const values = usual.includes(value) ? usual : [...usual, value].sort((a, b) => a - b);
    const key = values.join();
    if (field.dataset.values !== key) {
      field.dataset.values = key;
      field.replaceChildren(...values.map((v) => el('option', { value: v }, v)));
    }
    if (field.value !== String(value)) field.value = String(value);
  }

  let stripKey = '';
  let stripWidth = 0; // px; what fits is written out
  new ResizeObserver(([{ contentRect }]) => {
    stripWidth = contentRect.width;
    stripKey = '';
    updateStrip(getState(), lastShown(getState()));
  }).observe(strip);
  /** What the network read the present drawing as, as runs of equal readings. @param {State} state @param {number} last */
  function updateStrip({ work, training }, last) {
    const blank = isBlank(work.image);
    const read = readings(work);
    const broken = training.failure?.diverged ? training.failure.epoch : null;
    const key = blank ? 'blank' : [read.join(), work.at, last, broken].join(';');
    if (key === stripKey) return;
    stripKey = key;
    if (blank) {
      strip.replaceChildren(el('span', { class: 'reading' }, 'nothing drawn yet'));
      strip.style.gridTemplateColumns = '1fr';
      return;
    }
    /** @type {{digit: number|null, from: number, count: number}[]} */
    const runs = [];
    read.forEach((digit, at) => {
      const before = runs.at(-1);
      if (before && before.digit === digit) before.count++;
      else runs.push({ digit, from: at, count: 1 });
    });
    const spans = runs.map(({ digit, from, count }) => {
      const share = count / (last + 1);
      const now = work.at >= from && work.at < from + count;
      const text = digit === null ? '' : share * stripWidth > 140 ? `reads your drawing as ${digit}` : share * stripWidth > 10 ? String(digit) : '';
      return el('span', { class: `reading${now ? ' now' : ''}`, title: digit === null ? '' : `epochs ${from} to ${from + count - 1}: ${digit}` }, text);
    });
    const rest = last + 1 - read.length;
    if (rest > 0) spans.push(el('span', { class: `reading ${broken === null ? 'ahead' : 'broken'}` }, broken === null || rest / (last + 1) < 0.2 ? '' : 'not a number'));
    strip.replaceChildren(...spans);
    strip.style.gridTemplateColumns = [...runs.map((r) => `${r.count}fr`), ...(rest > 0 ? [`${rest}fr`] : [])].join(' ');
  }

  return {
    update(state) {
      const { work, training, plan: p, sets } = state;
      const running = training.status === 'running';
      const newest = lastEpoch(work);
      const last = lastShown(state);
      const { loss, accuracy } = record(work);
      setAttribute(root, 'data-running', String(running));
      setText(trainLabel, running ? 'Pause' : work.at < newest ? 'Branch' : 'Train');
      setAttribute(trainButton, 'title', running ? 'Pause' : work.at < newest ? 'Continue from the epoch shown; what came after is kept in grey' : 'Train');
      const ready = sets.training.examples.length > 0 && 'dense' in work.parameters && state.server.status === 'ok';
      setEnabled(trainButton, running || ready);
      setEnabled(step, !running && ready);
      setEnabled(reset, newest > 0 || running);
      setEnabled(latest, work.at < newest);
      setText(rows.epoch, String(work.at));
      setText(rows.of, `of ${last}`);
      setText(rows.loss, loss === null ? '–' : loss < 0.001 ? loss.toExponential(1).replace('-', '−') : loss.toFixed(3));
      setText(rows.accuracy, accuracy === null ? '–' : `${(accuracy * 100).toFixed(1)} %`);
      setAttribute(slider, 'max', String(last));
      if (slider.value !== String(work.at)) slider.value = String(work.at);
      setAttribute(slider, 'aria-valuetext', `Epoch ${work.at} of ${last}${loss === null ? '' : `, loss ${loss.toFixed(3)}`}`);
      spark.update({ losses: work.run.map((r) => r.loss), at: work.at, last });
      updateStrip(state, last);
      if (fields.experiment.value !== state.experiment) fields.experiment.value = state.experiment;
      offer(fields.rate, RATES, p.optimizer.learning_rate);
      offer(fields.batch, BATCHES, p.batchSize);
      const rule = optimizerName(p.optimizer);
      if (fields.optimizer.value !== rule) fields.optimizer.value = rule;
      if (fields.speed.value !== p.speed) fields.speed.value = p.speed;
      if (document.activeElement !== epochs && epochs.value !== String(p.epochs)) epochs.value = String(p.epochs);
    },
    destroy() {},
  };
}
