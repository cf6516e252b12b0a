// @ts-check
/** The frame that slides over a tile, with a mark on each cell that it reads. It lies in the same box as the tile. */
import { el } from '../lib/dom.js';

/**
 * @typedef {object} WindowShape
 * @property {[number, number]} at      first row and column, counted in the tile's cells
 * @property {[number, number]} span    rows and columns from its first to its last cell
 * @property {[number, number]} step    from one cell that it reads to the next
 */

export function createWindow() {
  const root = el('span', { class: 'window', 'aria-hidden': 'true' });
  let drawn = '';
  return {
    root,
    /** @param {WindowShape} shape */
    update({ at, span, step }) {
      root.style.setProperty('--row', String(at[0]));
      root.style.setProperty('--col', String(at[1]));
      const key = [...span, ...step].join();
      if (key === drawn) return;
      drawn = key;
      root.style.setProperty('--rows', String(span[0]));
      root.style.setProperty('--cols', String(span[1]));
      root.replaceChildren(...(step[0] > 1 || step[1] > 1 ? taps(span, step) : []));
    },
  };
}

/** The cells it reads, where a dilation leaves others out. @param {[number, number]} span @param {[number, number]} step */
function taps(span, step) {
  const marks = [];
  for (let r = 0; r < span[0]; r += step[0]) {
    for (let c = 0; c < span[1]; c += step[1]) {
      const mark = el('span', { class: 'tap' });
      mark.style.setProperty('--row', String(r));
      mark.style.setProperty('--col', String(c));
      marks.push(mark);
    }
  }
  return marks;
}
