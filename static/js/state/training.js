// @ts-check
/** Actions on the run: train, pause, step, travel in time. */
import { atEpoch, curveOf, epochZero, lastEpoch, record, withTraces } from '../lib/work.js';
import { changed, remodelled, say, stopped, stoppedFor } from './history.js';
import { ownWork } from './visit.js';

/** @typedef {import('../lib/types.js').State} State */

/** What of a plan changes the arithmetic of a run; the speed does not, nor how many epochs. */
const RULES = /** @type {const} */ ({ optimizer: 'optimizer or learning rate', batchSize: 'batch size', shuffle: 'order', seed: 'seed' });

/** @type {Record<string, (state: State, action: any) => State>} */
export const training = {
  // epochs: how many more; left out, up to the plan's count (or as many again, once that is reached)
  'train/start': (state, { epochs }) => {
    if (state.training.status === 'running' || state.sets.training.examples.length === 0 || !('dense' in state.work.parameters)) return state;
    const branch = state.work.at < lastEpoch(state.work);
    const previous = branch ? curveOf(state.work) : state.previous;
    const work = branch ? { ...state.work, run: state.work.run.slice(0, state.work.at + 1) } : state.work;
    const left = state.plan.epochs - work.at;
    const until = Math.min(state.catalogue.limits.epochs, work.at + (epochs ?? (left > 0 ? left : state.plan.epochs)));
    const { id } = state.training;
    return { ...state, work, previous, problem: null, training: { status: 'running', id: id + 1, until, failure: null } };
  },
  'train/pause': (state) => (state.training.status === 'running' ? say({ ...state, ...stopped(state) }, `Paused at epoch ${state.work.at}`) : state),
  // what arrived since the last frame; the newest is shown, unless the person looks at an older epoch
  'train/epochs': (state, { id, records }) => {
    if (id !== state.training.id || state.training.status !== 'running' || records.length === 0) return state;
    const follows = state.work.at === lastEpoch(state.work);
    const work = { ...state.work, run: [...state.work.run, ...records] };
    return changed(state, follows ? atEpoch(work, work.run.length - 1) : work, { undo: false });
  },
  'train/done': (state, { id }) => {
    if (id !== state.training.id || state.training.status !== 'running') return state;
    const { accuracy } = record(state.work);
    const result = accuracy === null ? '' : `, ${Math.round(accuracy * 100)} percent right`;
    return say({ ...state, ...stopped(state) }, `Trained to epoch ${lastEpoch(state.work)}${result}`);
  },
  'train/failed': (state, { id, failure }) =>
    id === state.training.id ? { ...state, training: { ...state.training, status: 'failed', failure } } : state,
  'train/dismiss': (state) => ({ ...state, ...stopped(state) }),
  'train/reset': (state) => {
    const first = state.work.run[0];
    if (lastEpoch(state.work) === 0) return { ...state, ...stopped(state) };
    const work = { ...state.work, parameters: first.parameters, run: [first], at: 0 };
    return say({ ...changed(state, work), ...stopped(state), previous: curveOf(state.work) }, 'Back to epoch 0');
  },
  'time/go': (state, { at }) => {
    const clipped = Math.min(lastEpoch(state.work), Math.max(0, at));
    return clipped === state.work.at ? state : changed(state, atEpoch(state.work, clipped), { undo: false });
  },
  'replay/replied': (state, { image, run, epochs, traces }) => {
    if (image !== state.work.image || run[0] !== state.work.run[0]) return state;
    const work = withTraces(state.work, epochs, traces);
    const next = { ...state, work };
    return epochs.includes(work.at) && state.shownRevision !== state.revision ? changed(next, { ...work }, { undo: false }) : next;
  },
  'plan/change': (state, { change }) => {
    const plan = { ...state.plan, ...change };
    const other = /** @type {(keyof typeof RULES)[]} */ (Object.keys(RULES)).find((key) => JSON.stringify(plan[key]) !== JSON.stringify(state.plan[key]));
    return other ? stoppedFor({ ...state, plan }, `another ${RULES[other]}`) : { ...state, plan };
  },
  'experiment/load': (state, { experiment, visit = false }) => {
    const work = {
      ...state.work,
      network: experiment.network,
      parameters: experiment.parameters,
      presets: experiment.presets,
      run: [epochZero(experiment.parameters)],
      at: 0,
      shelf: {},
      tieBreak: undefined,
    };
    const next = remodelled(state, work);
    return say(
      {
        ...next, past: [], future: [], previous: null, experiment: experiment.id, sets: experiment.sets, plan: { ...state.plan, ...experiment.plan },
        focus: 0, evaluations: { training: null, test: null }, picked: null, seed: experiment.seed,
        visit: visit ? (state.visit ?? ownWork(state)) : state.visit,
      },
      `Experiment ${experiment.name}`,
    );
  },
};
