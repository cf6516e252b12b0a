// @ts-check
/** How many decimals a worked line needs, so that what is shown adds up as it is shown. */

/** @param {number} value @param {number} decimals */
const rounded = (value, decimals) => Number(value.toFixed(decimals));

/**
 * The fewest decimals, 2 to 4, at which the operands as shown give the result as shown; else three, and the line says ≈.
 * @param {number[][]} terms  the factors of each product
 * @param {number} value      what the products add up to
 * @returns {{decimals: number, exact: boolean}}
 */
export function workedDecimals(terms, value) {
  for (const decimals of [2, 3, 4]) {
    const sum = terms.reduce((total, factors) => total + factors.reduce((product, factor) => product * rounded(factor, decimals), 1), 0);
    // 1e-9 forgives the float error of this check itself, not a digit that is shown
    if (Math.abs(sum - rounded(value, decimals)) < 1e-9) return { decimals, exact: true };
  }
  return { decimals: 3, exact: false };
}
