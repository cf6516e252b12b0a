// @ts-check
/** The requests that follow the state besides the trace: gradients, the readings of all epochs, the sets. */
import { backward, evaluate, explain, replay } from '../api.js';
import { atHand } from '../lib/example-set.js';
import { explanationOf, shownCells } from '../lib/explained.js';
import { lastEpoch } from '../lib/work.js';
import { createLatest } from './latest.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {{getState: () => State, dispatch: import('../lib/types.js').Dispatch}} Store */

const REST_FOR_REPLAY = 160; // ms that a drawing rests before every epoch reads it
const REST_FOR_SETS = 60; // ms
const REST_WHILE_TRAINING = 400; // ms: what follows may lag behind the numbers, frames may not
const SETS_WHILE_TRAINING = 1000; // ms: hundreds of examples each time
const REPLAYED_AT_ONCE = 60; // snapshots a request, so that a long run comes in parts

/** The gradient, while the pipeline runs backward. @param {Store} store */
export const createBackwardEffect = ({ dispatch }) =>
  createLatest({
    dispatch,
    key: ({ direction, work, label }) => (direction === 'backward' && 'dense' in work.parameters ? { work, label } : null),
    same: (a, b) => a.label === b.label && a.work.image === b.work.image && a.work.parameters === b.work.parameters && a.work.network === b.work.network,
    ask: ({ work: { network, parameters, image }, label }, signal) => backward({ network, parameters, image, label }, signal),
    onReply: ({ work, label }, gradient) => dispatch({ type: 'backward/replied', work, label, gradient }),
    onRefused: (problem) => dispatch({ type: 'problem/tell', problem }),
    finish: true,
  });

/** How the selected number came to be; while the player plays, those of its whole tile. @param {Store} store */
export const createExplainEffect = ({ dispatch }) =>
  createLatest({
    dispatch,
    key: (state) => {
      const { shown, label, plan } = state;
      const cells = shownCells(state);
      if (cells.length === 1 && state.direction === 'forward' && explanationOf(state).current) return null;
      // of what is shown, not of newer work: its cells may be others
      return cells.length && shown ? { work: shown.work, label, cells, rate: plan.optimizer.learning_rate } : null;
    },
    same: (a, b) =>
      a.label === b.label && a.rate === b.rate && a.work.image === b.work.image && a.work.parameters === b.work.parameters &&
      a.work.network === b.work.network && a.cells.join() === b.cells.join(),
    ask: ({ work: { network, parameters, image }, label, cells, rate }, signal) =>
      explain({ network, parameters, image, label, cells, ...(cells[0].startsWith('gradient.') ? { check: true, learning_rate: rate } : {}) }, signal),
    onReply: ({ work, label, cells }, { explanations }) => dispatch({ type: 'explain/replied', explained: { work, label, cells, explanations } }),
    rest: ({ training }) => (training.status === 'running' ? REST_WHILE_TRAINING : 0),
    finish: true,
  });

/** The present drawing through every epoch's parameters, so that dragging through time waits for nothing. @param {Store} store */
export const createReplayEffect = ({ dispatch }) =>
  createLatest({
    dispatch,
    key: ({ work, training }) => {
      if (training.status === 'running' || lastEpoch(work) === 0) return null;
      const epochs = work.run.flatMap((r, at) => (r.traceImage === work.image ? [] : [at])).slice(0, REPLAYED_AT_ONCE);
      return epochs.length ? { image: work.image, network: work.network, run: work.run, epochs } : null;
    },
    same: (a, b) => a.image === b.image && a.run[0] === b.run[0] && a.epochs.join() === b.epochs.join(),
    ask: ({ image, network, run, epochs }, signal) => replay({ network, image, snapshots: epochs.map((at) => run[at].parameters) }, signal),
    onReply: ({ image, run, epochs }, { traces }) => dispatch({ type: 'replay/replied', image, run, epochs, traces }),
    rest: () => REST_FOR_REPLAY,
  });

/**
 * Right or wrong, example by example, under the parameters that are shown.
 * @param {Store} store
 * @param {import('../lib/types.js').SetName} set
 */
export const createEvaluateEffect = ({ dispatch }, set) =>
  createLatest({
    dispatch,
    key: ({ work, sets }) =>
      sets[set].examples.length && 'dense' in work.parameters
        ? { network: work.network, parameters: work.parameters, examples: sets[set].examples, reference: sets[set].reference }
        : null,
    same: (a, b) => a.parameters === b.parameters && a.network === b.network && a.examples === b.examples,
    ask: ({ network, parameters, ...examples }, signal) =>
      evaluate({ network, parameters, examples: atHand(examples), include_probabilities: false }, signal),
    onReply: ({ parameters, examples }, reply) => dispatch({ type: 'evaluate/replied', set, evaluation: { parameters, examples, ...reply } }),
    rest: ({ training }) => (training.status === 'running' ? SETS_WHILE_TRAINING : REST_FOR_SETS),
    finish: true,
  });
