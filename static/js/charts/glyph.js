// @ts-check
/** A matrix as a few coloured squares, too small for numbers: a kernel as it was. */
import { setAttribute, svg } from '../lib/dom.js';

const SIDE = 21; // px

export function createGlyph() {
  const root = svg('svg', { class: 'glyph', width: SIDE, height: SIDE, role: 'img' });
  const title = svg('title');
  return {
    root,
    /**
     * @param {number[][]} matrix
     * @param {import('../lib/colour.js').Scale} scale
     * @param {string} label
     */
    update(matrix, scale, label) {
      const [rows, cols] = [matrix.length, matrix[0].length];
      setAttribute(root, 'viewBox', `0 0 ${cols} ${rows}`);
      title.textContent = label;
      setAttribute(root, 'aria-label', label);
      root.replaceChildren(
        title,
        ...matrix.flatMap((row, r) => row.map((v, c) => svg('rect', { x: c + 0.04, y: r + 0.04, width: 0.92, height: 0.92, fill: scale.signed(v).background }))),
      );
    },
  };
}
