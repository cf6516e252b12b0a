// @ts-check
/** What a person asks for once: an experiment or a data set from the server. */
import { dataset, experiment, Refused, Unreachable } from '../api.js';

/** @typedef {import('../lib/types.js').ExampleSet} ExampleSet */
/** @typedef {import('../lib/types.js').DatasetReference} DatasetReference */

const FOR_THE_EYE = 300; // examples of a large data set that the page shows
const AT_HAND = 400; // of sets up to this many examples the page has all

/** @param {{dispatch: import('../lib/types.js').Dispatch}} store */
export function createLoader({ dispatch }) {
  /** @type {AbortController|null} */
  let underWay = null;

  /** @param {(signal: AbortSignal) => Promise<object>} work */
  async function once(work) {
    underWay?.abort();
    const mine = (underWay = new AbortController());
    try {
      const action = await work(mine.signal);
      if (mine === underWay) dispatch(/** @type {any} */ (action));
    } catch (error) {
      if (mine !== underWay || mine.signal.aborted) return;
      if (error instanceof Refused) dispatch({ type: 'problem/tell', problem: error.problem });
      else if (error instanceof Unreachable) {
        dispatch({ type: 'problem/tell', problem: { title: 'Not loaded', detail: 'The server did not answer, so nothing was loaded. Try again.', status: 0 } });
      } else throw error;
    }
  }

  return {
    /** @param {string} id @param {{visit?: boolean}} [options]   visit: a link asks for it, not the person */
    experiment: (id, { visit = false } = {}) =>
      once(async (signal) => {
        const found = await experiment(id, signal);
        const { train } = found;
        const sets = { training: await setOf(train.examples, 'Training set', signal), test: await setOf(found.test, 'Test set', signal) };
        return {
          type: 'experiment/load',
          visit,
          experiment: {
            id: found.id,
            name: found.name,
            network: train.network,
            parameters: train.parameters ?? {},
            presets: found.presets,
            seed: train.seed ?? 0,
            sets,
            plan: planOf(train),
          },
        };
      }),
    /**
     * @param {import('../lib/types.js').SetName} set
     * @param {string} id
     * @param {string} name
     */
    dataset: (set, id, name) =>
      once(async (signal) => {
        const split = set === 'test' ? 'test' : 'train';
        return { type: 'examples/load', set, loaded: await setOf({ dataset: id, split, limit: 100_000 }, name, signal) };
      }),
  };
}

/**
 * Inline examples as they are; a reference with its examples, or the first of them.
 * @param {any} given
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<ExampleSet>}
 */
async function setOf(given, name, signal) {
  if (!given) return { name, examples: [], reference: null };
  if (Array.isArray(given)) return { name, examples: given, reference: null };
  const query = `split=${encodeURIComponent(given.split)}&limit=${Math.min(AT_HAND, given.limit)}`;
  const page = await dataset(given.dataset, query, signal);
  const examples = page.images.map((/** @type {number[][]} */ image, /** @type {number} */ i) => ({ image, label: page.labels[i] }));
  const total = Math.min(given.limit, page.total);
  return { name, examples: total > AT_HAND ? examples.slice(0, FOR_THE_EYE) : examples, reference: { ...given, limit: total } };
}

/** The plan of an experiment's /train body. @param {any} train */
export const planOf = (train) => ({
  optimizer: train.optimizer,
  epochs: train.epochs,
  batchSize: train.batch_size ?? 1,
  shuffle: train.shuffle ?? true,
  seed: train.seed ?? 0,
});
