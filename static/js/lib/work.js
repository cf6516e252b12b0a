// @ts-check
/** The run inside a work: its epochs, which one is shown, and where a new run begins. */

/** @typedef {import('./types.js').Work} Work */
/** @typedef {import('./types.js').EpochRecord} EpochRecord */
/** @typedef {import('./types.js').Parameters} Parameters */
/** @typedef {import('./types.js').Trace} Trace */

/**
 * The start of a run: nothing learned yet.
 * @param {Parameters} parameters
 * @param {Trace|null} [trace]
 * @param {import('./types.js').Matrix|null} [traceImage]
 * @returns {EpochRecord}
 */
export const epochZero = (parameters, trace = null, traceImage = null) => ({
  epoch: 0, loss: null, accuracy: null, testLoss: null, testAccuracy: null, parameters, optimizerState: null, trace, traceImage,
});

/** The parameters changed by hand: what was learned before is another run. @param {Work} work @returns {Work} */
export const withNewRun = (work) => ({ ...work, run: [epochZero(work.parameters)], at: 0 });

/** @param {Work} work @returns {EpochRecord} */
export const record = (work) => work.run[work.at];

/** @param {Work} work */
export const lastEpoch = (work) => work.run.length - 1;

/**
 * Another epoch of the same run, with the same drawing.
 * @param {Work} work
 * @param {number} at
 * @returns {Work}
 */
export const atEpoch = (work, at) => ({ ...work, at, parameters: work.run[at].parameters });

/**
 * The trace of the present drawing at an epoch, if it is known already.
 * @param {Work} work
 * @param {number} at
 * @returns {Trace|null}
 */
export const knownTrace = (work, at) => (work.run[at]?.traceImage === work.image ? work.run[at].trace : null);

/**
 * What the network read the present drawing as, epoch by epoch; null where it is not known yet.
 * @param {Work} work
 * @returns {(number|null)[]}
 */
export const readings = (work) => work.run.map((_, at) => knownTrace(work, at)?.predicted ?? null);

/**
 * The whole run with the traces of the present drawing.
 * @param {Work} work
 * @param {number[]} epochs
 * @param {Trace[]} traces
 * @returns {Work}
 */
export function withTraces(work, epochs, traces) {
  const run = work.run.slice();
  epochs.forEach((at, i) => {
    if (run[at]) run[at] = { ...run[at], trace: traces[i], traceImage: work.image };
  });
  return { ...work, run };
}

/** What tells rules of learning apart that cannot use each other's memory. @param {import('./types.js').OptimizerSpec} optimizer */
export const ruleOf = ({ type, momentum }) => `${type} ${momentum ?? 0}`;

/** @param {Work} work */
export const curveOf = ({ run }) => ({ loss: run.map((r) => r.loss), accuracy: run.map((r) => r.accuracy) });
