// @ts-check
/** Drawings as matrices. Every function gives a new matrix. */

/** @typedef {import('./types.js').Matrix} Matrix */

/** @param {number} [size] @returns {Matrix} */
export const blank = (size = 5) => Array.from({ length: size }, () => Array(size).fill(0));

/** @param {Matrix} image */
export const isBlank = (image) => image.every((row) => row.every((v) => v === 0));

/** @param {Matrix} image @returns {Matrix} */
export const invert = (image) => image.map((row) => row.map((v) => 1 - v));

/**
 * Moved by whole cells; what leaves is gone, what enters is blank.
 * @param {Matrix} image
 * @param {number} down
 * @param {number} right
 * @returns {Matrix}
 */
export const shift = (image, down, right) =>
  image.map((row, r) => row.map((_, c) => image[r - down]?.[c - right] ?? 0));

/**
 * @param {Matrix} image
 * @param {[number, number][]} cells
 * @param {number} value
 * @returns {Matrix} the same matrix when nothing changes
 */
export function paint(image, cells, value) {
  const fresh = cells.filter(([r, c]) => image[r][c] !== value);
  if (!fresh.length) return image;
  const copy = image.map((row) => row.slice());
  for (const [r, c] of fresh) copy[r][c] = value;
  return copy;
}

/**
 * @param {Matrix} a
 * @param {Matrix} b
 */
export const sameImage = (a, b) =>
  a.length === b.length && a.every((row, r) => row.length === b[r].length && row.every((v, c) => v === b[r][c]));

/**
 * The cells on the line from one to another, so that a fast stroke leaves no hole (Bresenham 1965).
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {[number, number][]}
 */
export function line([r0, c0], [r1, c1]) {
  const steps = Math.max(Math.abs(r1 - r0), Math.abs(c1 - c0));
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = steps === 0 ? 0 : i / steps;
    return [Math.round(r0 + (r1 - r0) * t), Math.round(c0 + (c1 - c0) * t)];
  });
}
