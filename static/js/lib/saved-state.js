// @ts-check
/** Checks a state from storage before it is drawn: another version, another tab or a person may have written it. */
import { ACTIVATIONS, kernelSize, STAGE } from './network.js';
import { SPEEDS } from './speeds.js';

const ROLES = [['conv2d'], ACTIVATIONS.map(({ type }) => type), ['max_pool2d', 'avg_pool2d'], ['flatten'], ['dense'], ['softmax']];
const ADDRESS = /^[a-z.]+(\[\d+\])*$/;

/** @param {any} value @param {number} [least] @param {number} [most] */
const isCount = (value, least = 0, most = Infinity) => Number.isInteger(value) && value >= least && value <= most;
const isText = (/** @type {any} */ value) => typeof value === 'string';
const isObject = (/** @type {any} */ value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumberOrNull = (/** @type {any} */ value) => value === null || Number.isFinite(value);

/** Whether a value is nested lists of numbers of this shape; null stands for any length of at least 1. @param {any} value @param {(number|null)[]} shape @returns {boolean} */
function hasShape(value, [length, ...rest]) {
  if (length === undefined) return Number.isFinite(value);
  return Array.isArray(value) && value.length === (length ?? (value.length || 1)) && value.every((part) => hasShape(part, rest));
}

/** @param {any} network */
const isNetwork = (network) =>
  hasShape(network?.input_shape, [3]) && Array.isArray(network.layers) && network.layers.length === ROLES.length &&
  ROLES.every((types, at) => types.includes(network.layers[at]?.type)) &&
  isCount(network.layers[STAGE.conv].out_channels, 1) && kernelSize(network).every((side) => isCount(side, 1));

/** Whether parameters are those of a network; the dense layer's may be missing until the server has drawn them. @param {any} parameters @param {any} network */
function isParametersOf(parameters, network) {
  const { conv, dense } = isObject(parameters) ? parameters : {};
  const { out_channels: filters, bias = true } = network.layers[STAGE.conv];
  const { out_features: classes, bias: denseBias = true } = network.layers[STAGE.dense];
  return (
    hasShape(conv?.weight, [filters, network.input_shape[0], ...kernelSize(network)]) && (!bias || hasShape(conv.bias, [filters])) &&
    (dense === undefined || (hasShape(dense.weight, [null, classes]) && (!denseBias || hasShape(dense.bias, [classes]))))
  );
}

/** @param {any} record @param {any} network */
const isEpoch = (record, network) =>
  isCount(record?.epoch) && [record.loss, record.accuracy, record.testLoss, record.testAccuracy].every(isNumberOrNull) &&
  isParametersOf(record.parameters, network) && (record.optimizerState === null || isObject(record.optimizerState));

/** @param {any} set @param {number[]} size */
const isExampleSet = (set, size) =>
  isText(set?.name) && (set.reference === null || (isText(set.reference?.dataset) && isCount(set.reference.limit))) &&
  Array.isArray(set.examples) && set.examples.every((/** @type {any} */ example) => hasShape(example?.image, size) && isCount(example.label, 0, 9));

/** @param {any} plan */
const isPlan = (plan) =>
  isText(plan?.optimizer?.type) && plan.optimizer.learning_rate > 0 && isCount(plan.epochs, 1) && isCount(plan.batchSize, 1) &&
  typeof plan.shuffle === 'boolean' && isCount(plan.seed) && Object.hasOwn(SPEEDS, plan.speed);

/** @param {any} curve */
const isCurve = (curve) => [curve?.loss, curve?.accuracy].every((line) => Array.isArray(line) && line.every(isNumberOrNull));

/** @param {any} presets */
const arePresets = (presets) => Array.isArray(presets) && presets.every((preset) => preset === null || isText(preset));

/**
 * Return true if the page can draw this state.
 * @param {any} kept   the part of the state that is saved
 */
export function isDrawable({ work, label, experiment, sets, plan, previous, focus, selected, decimals, seed, direction }) {
  if (!isNetwork(work?.network)) return false;
  const size = work.network.input_shape.slice(1);
  return (
    hasShape(work.image, size) && work.image.flat().every((/** @type {number} */ v) => v >= 0 && v <= 1) &&
    Array.isArray(work.run) && work.run.length > 0 && work.run.every((/** @type {any} */ record) => isEpoch(record, work.network)) &&
    isCount(work.at, 0, work.run.length - 1) && isParametersOf(work.parameters, work.network) && arePresets(work.presets) &&
    isObject(work.shelf) && Object.values(work.shelf).every((other) => hasShape(other?.weight, [null, null, null, null]) && arePresets(other.presets)) &&
    isCount(label, 0, 9) && isText(experiment) && isExampleSet(sets?.training, size) && isExampleSet(sets?.test, size) && isPlan(plan) &&
    (previous === null || isCurve(previous)) && isCount(focus, 0, work.network.layers[STAGE.conv].out_channels - 1) &&
    isText(selected) && ADDRESS.test(selected) && isCount(decimals, 0, 9) && isCount(seed) && ['forward', 'backward'].includes(direction)
  );
}
