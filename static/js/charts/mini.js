// @ts-check
/**
 * A drawing as a thumbnail: each pixel a shadow of one point. A page shows hundreds of them, and as pictures of their own (SVG,
 * canvas) they would cost the browser milliseconds in every frame, whatever else changes in it.
 */
import { el } from '../lib/dom.js';

/**
 * @param {number[][]} image
 * @param {number} unit side of a pixel, in px
 */
export function createMini(image, unit) {
  const ink = el('span', { class: 'mini-ink' });
  const shadows = image.flatMap((row, r) =>
    row.flatMap((v, c) => (v > 0 ? [`${(c + 0.5) * unit}px ${(r + 0.5) * unit}px 0 ${unit / 2}px ${shade(v)}`] : [])),
  );
  ink.style.boxShadow = shadows.join();
  const mini = el('span', { class: 'mini', 'aria-hidden': 'true' }, ink);
  mini.style.width = `${image[0].length * unit}px`;
  mini.style.height = `${image.length * unit}px`;
  return mini;
}

/** @param {number} value of a pixel, above 0 to 1 */
const shade = (value) => (value === 1 ? 'var(--pixel-on)' : `color-mix(in srgb, var(--pixel-on) ${value * 100}%, transparent)`);
