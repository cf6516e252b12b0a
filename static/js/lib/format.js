// @ts-check
/** Numbers as text. Rounding happens here and nowhere else. */

export const MINUS = '−';

/**
 * A number with a fixed count of decimals, a true minus, whole numbers bare.
 * @param {number} value
 * @param {number} [decimals]
 */
export function formatNumber(value, decimals = 2) {
  if (!Number.isFinite(value)) return 'NaN';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = Number.isInteger(value) && size < 1e6 ? String(size) : fixed(size, decimals);
  return value < 0 ? MINUS + text : text;
}

/**
 * A number that would round to nothing keeps its first digit: 0.00 is not what it is.
 * @param {number} size
 * @param {number} decimals
 */
function fixed(size, decimals) {
  const text = size.toFixed(decimals);
  if (Number(text) !== 0) return text;
  return size >= 0.0005 ? size.toFixed(3) : size.toExponential(0).replace('-', MINUS);
}

/**
 * As formatNumber, but short enough for a cell: decimals are given up before digits, digits before the exponent.
 * @param {number} value
 * @param {number} decimals
 */
export function formatCell(value, decimals) {
  if (Math.abs(value) < 10) return formatNumber(value, decimals);
  for (let d = decimals; d >= 0; d--) {
    const text = formatNumber(value, d);
    if (text.length <= 5) return text;
  }
  return value.toExponential(0).replace('-', MINUS).replace('e+', 'e');
}

/**
 * Every digit that tells this number from its neighbours.
 * @param {number} value
 */
export const formatExact = (value) => (Object.is(value, -0) ? '0' : String(value).replaceAll('-', MINUS));

/** @param {number} probability */
export const formatPercent = (probability) => (probability * 100).toFixed(1);

/**
 * A number typed by a person: a comma is a point, a true minus is a minus, a fraction is its quotient.
 * @param {string} text
 * @returns {number|null} null when it is not a number; infinite when it is too large
 */
export function parseNumber(text) {
  const plain = text.trim().replaceAll(MINUS, '-').replace(',', '.');
  const parts = plain.split('/');
  if (parts.length > 2 || parts.some((part) => !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part.trim()))) return null;
  const value = parts.length === 2 ? Number(parts[0]) / Number(parts[1]) : Number(plain);
  return Number.isNaN(value) || Number(parts[1]) === 0 ? null : value;
}

const LETTERS = 'ABCDEFGHIJKLMNOP';

/**
 * Filters are named by letters, so that they are never taken for a digit.
 * @param {number} index
 */
export const filterLetter = (index) => LETTERS[index] ?? `filter ${index}`;
