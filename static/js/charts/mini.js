// @ts-check
/** A drawing as a thumbnail. */
import { svg } from '../lib/dom.js';

/**
 * @param {number[][]} image
 * @param {number} unit side of a pixel, in px
 */
export function createMini(image, unit) {
  const [rows, cols] = [image.length, image[0].length];
  // one path for each shade: a page shows hundreds of thumbnails
  /** @type {Map<number, string>} */
  const shades = new Map();
  image.forEach((row, r) => row.forEach((v, c) => v > 0 && shades.set(v, `${shades.get(v) ?? ''}M${c} ${r}h1v1h-1z`)));
  return svg(
    'svg',
    { class: 'mini', width: cols * unit, height: rows * unit, viewBox: `0 0 ${cols} ${rows}`, 'aria-hidden': 'true' },
    ...Array.from(shades, ([v, d]) => svg('path', { d, 'fill-opacity': v })),
  );
}
