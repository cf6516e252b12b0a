// @ts-check
/** Random weights from a seed: the same seed, the same kernel. */

/**
 * Numbers from 0 to 1, repeatable (mulberry32, T. Ettinger 2017, public domain algorithm).
 * @param {number} seed
 */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Weights from −1 to 1 in hundredths, so that two decimals show the whole number.
 * @param {number} rows
 * @param {number} cols
 * @param {number} seed
 * @returns {number[][]}
 */
export function randomMatrix(rows, cols, seed) {
  const next = generator(seed);
  return Array.from({ length: rows }, () => Array.from({ length: cols }, () => Math.round((next() * 2 - 1) * 100) / 100));
}
