// @ts-check
/** Flatten and dense: one group of rows per filter, then bias and score under their columns. */
import { createTile } from '../charts/tile.js';
import { address } from '../lib/address.js';
import { el, find, setAttribute, setText } from '../lib/dom.js';
import { filterLetter } from '../lib/format.js';
import { filterCount, mapSizes, STAGE } from '../lib/network.js';

/** @typedef {import('../lib/types.js').State} State */

const DIGITS = 10;

/**
 * @param {HTMLElement} root
 * @param {{scale: () => import('../lib/colour.js').Scale}} context
 */
export function createDense(root, { scale }) {
  const flat = find(root, '[data-part=flatten]');
  const matrix = find(root, '[data-part=matrix]');
  const columns = find(root, '[data-part=columns]');
  const count = find(root, '[data-part=feature-count]');
  const shape = find(root, '[data-part=dense-shape]');
  const hit = find(root, '[data-part=hit-column]');
  const bias = createTile({ label: 'Dense bias', stage: 'dense.bias', plain: true });
  const score = createTile({ label: 'Score', stage: 'logits', plain: true, tabStop: false });
  find(root, '[data-part=bias]').append(bias.root);
  find(root, '[data-part=score]').append(score.root);
  const heads = Array.from({ length: DIGITS }, (_, digit) => el('span', {}, digit));
  columns.replaceChildren(...heads);

  /** @type {{flat: import('../charts/tile.js').Tile, weights: import('../charts/tile.js').Tile}[]} */
  let groups = [];

  /** @param {number} filters */
  function resizeGroups(filters) {
    for (const { flat: f, weights } of groups.splice(filters)) {
      f.root.remove();
      weights.root.remove();
    }
    while (groups.length < filters) {
      const filter = groups.length;
      const letter = filterLetter(filter);
      const group = {
        flat: createTile({ label: `Flattened, from filter ${letter}`, stage: 'flatten', filter }),
        weights: createTile({ label: `Dense weights of filter ${letter}`, stage: 'dense.weight', filter }),
      };
      groups.push(group);
      flat.append(group.flat.root);
      matrix.append(group.weights.root);
    }
  }

  return {
    /** @param {State} state @param {boolean} roomy   whether all groups are to be read */
    update(state, roomy) {
      const { shown } = state;
      if (!shown) return;
      const { trace, work } = shown;
      const look = { scale: scale(), decimals: state.decimals };
      const { perFilter } = mapSizes(trace);
      const filters = filterCount(work.network);
      const backward = state.direction === 'backward';
      const slopes = backward && state.gradient?.work.network === work.network ? state.gradient.gradient : null;
      const named = (/** @type {string} */ stage, /** @type {number[]} */ ...index) => address(backward ? `gradient.${stage}` : stage, ...index);
      const features = backward ? slopes?.layers[STAGE.flatten]?.gradient : trace.layers[STAGE.flatten].output;
      const { weight, bias: biases } = (backward ? slopes?.parameters.dense : work.parameters.dense) ?? {};
      const scores = backward ? slopes?.layers[STAGE.dense]?.gradient : trace.logits;
      resizeGroups(filters);
      root.style.setProperty('--rows-per-filter', String(perFilter));
      root.style.setProperty('--other-filters', String(Math.max(1, filters - 1)));
      setText(count, String(filters * perFilter));
      setText(shape, `${filters * perFilter} × ${DIGITS}`);
      groups.forEach((group, filter) => {
        const from = filter * perFilter;
        const size = roomy || filter === state.focus ? 'large' : 'compact';
        setAttribute(group.flat.root, 'data-size', size);
        setAttribute(group.weights.root, 'data-size', size);
        group.flat.shape({ rows: perFilter, cols: 1, name: (r) => named('flatten', from + r) });
        group.weights.shape({ rows: perFilter, cols: DIGITS, name: (r, c) => named('dense.weight', from + r, c) });
        const quiet = size === 'compact';
        group.flat.stop(!quiet); // a row of a heat strip is no target to aim at
        group.weights.stop(!quiet);
        if (features) group.flat.update(features.slice(from, from + perFilter).map((/** @type {number} */ v) => [v]), { ...look, quiet });
        else group.flat.clear();
        if (weight) group.weights.update(weight.slice(from, from + perFilter), { ...look, quiet });
        else group.weights.clear();
      });
      const digit = readDigit(state);
      const lines = /** @type {const} */ ([[bias, 'dense.bias', biases], [score, 'logits', scores]]);
      for (const [tile, stage, values] of lines) {
        tile.shape({ rows: 1, cols: DIGITS, name: (_, d) => named(stage, d) });
        if (values) tile.update([values], { ...look, hit: (_, d) => d === digit });
        else tile.clear();
      }
      heads.forEach((head, d) => head.classList.toggle('hit', d === digit));
      hit.hidden = digit === null;
      if (digit !== null) hit.style.gridColumn = String(digit + 1);
    },

    /**
     * @param {import('../lib/origin.js').Origin|null} origin
     * @param {number} perFilter
     * @param {boolean} goesOn   whether the marked map cell reaches its feature
     */
    mark(origin, perFilter, goesOn) {
      const feature = origin?.feature ?? (goesOn ? (origin?.ahead?.feature ?? null) : null);
      const kind = origin?.feature == null ? 'ahead' : 'origin';
      groups.forEach((group, filter) => {
        const row = feature === null || Math.floor(feature / perFilter) !== filter ? null : feature % perFilter;
        group.flat.mark(row === null ? null : { r0: row, c0: 0, r1: row, c1: 0 }, kind);
        const [c0, c1] = origin?.digit == null ? [0, DIGITS - 1] : [origin.digit, origin.digit];
        const whole = feature === null && origin?.digit != null;
        const rect = whole ? { r0: 0, r1: perFilter - 1, c0, c1 } : row === null ? null : { r0: row, r1: row, c0, c1 };
        group.weights.mark(rect, kind);
      });
    },

    /** @param {number} filter */
    group: (filter) => groups[filter],
  };
}

/** The digit the network reads, or null while nothing is drawn. @param {State} state */
function readDigit({ shown }) {
  if (!shown) return null;
  return shown.work.image.some((row) => row.some((v) => v !== 0)) ? shown.trace.predicted : null;
}
