// @ts-check
/** Lists and matrices as a person types and resizes them. */
import { formatExact, parseNumber } from '../lib/format.js';

export const MAX_LENGTH = 64; // numbers of a signal that the page draws
const LIMIT = 1000; // beyond it, a slip of the finger

/**
 * Numbers separated by commas, semicolons or spaces.
 * @param {string} text
 * @param {number} [most]
 * @returns {{numbers: number[]} | {fault: string}}
 */
export function parseList(text, most = MAX_LENGTH) {
  const words = text.trim().split(/[\s,;]+/).filter((word) => word !== '');
  if (!words.length) return { fault: 'At least one number' };
  if (words.length > most) return { fault: `At most ${most} numbers, not ${words.length}` };
  const numbers = words.map(parseNumber);
  const wrong = numbers.findIndex((value) => value === null || Math.abs(value) > LIMIT);
  if (wrong >= 0) return { fault: numbers[wrong] === null ? `“${words[wrong]}” is not a number such as −0.5 or 1/9` : `${words[wrong]} is beyond ±${LIMIT}` };
  return { numbers: /** @type {number[]} */ (numbers) };
}

/** @param {number[]} numbers */
export const formatList = (numbers) => numbers.map(formatExact).join(', ');

/**
 * The same matrix with rows and columns cut off or filled up with zeros, at the right and bottom.
 * @param {number[][]} matrix
 * @param {number} rows
 * @param {number} cols
 */
export const resized = (matrix, rows, cols) =>
  Array.from({ length: rows }, (_, r) => Array.from({ length: cols }, (_unused, c) => matrix[r]?.[c] ?? 0));
