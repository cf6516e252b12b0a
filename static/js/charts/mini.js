// @ts-check
/** A drawing as a thumbnail. */
import { svg } from '../lib/dom.js';

/**
 * @param {number[][]} image
 * @param {number} unit side of a pixel, in px
 */
export function createMini(image, unit) {
  const [rows, cols] = [image.length, image[0].length];
  const pixels = image.flatMap((row, r) =>
    row.map((v, c) => (v > 0 ? svg('rect', { x: c, y: r, width: 1, height: 1, 'fill-opacity': v }) : '')).filter((node) => node !== ''),
  );
  return svg(
    'svg',
    { class: 'mini', width: cols * unit, height: rows * unit, viewBox: `0 0 ${cols} ${rows}`, 'aria-hidden': 'true' },
    ...pixels,
  );
}
