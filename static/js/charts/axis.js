// @ts-check
/** Round numbers along an axis. */

/**
 * Steps of 1, 2 or 5 times a power of ten, about `count` of them from 0 to `max`.
 * @param {number} max
 * @param {number} count
 * @returns {number[]}
 */
export function ticks(max, count) {
  if (!(max > 0)) return [0];
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}
