// @ts-check
/** How much alike two kernels are: the cosine of the angle between them, 1 for the same direction. */

/** @typedef {import('./types.js').Matrix} Matrix */

/** @param {Matrix} a @param {Matrix} b */
const dot = (a, b) => a.reduce((sum, row, r) => sum + row.reduce((s, v, c) => s + v * b[r][c], 0), 0);

/** @param {Matrix} a @param {Matrix} b @returns {number} from −1 to 1; 0 when one of them is all 0 */
export function cosine(a, b) {
  const size = Math.sqrt(dot(a, a) * dot(b, b));
  return size > 0 ? dot(a, b) / size : 0;
}

/**
 * The preset of the same size that points most in a kernel's direction.
 * @param {Matrix} matrix
 * @param {import('./types.js').Kernel[]} kernels
 */
export function nearestPreset(matrix, kernels) {
  let best = null;
  for (const kernel of kernels) {
    if (kernel.matrix.length !== matrix.length || kernel.matrix[0].length !== matrix[0].length) continue;
    const similarity = cosine(matrix, kernel.matrix);
    if (best === null || similarity > best.similarity) best = { kernel, similarity };
  }
  return best;
}
