// @ts-check
/** The legend of the signed colour scale: square-root spaced, symmetric, the same everywhere. */
import { svg } from '../lib/dom.js';
import { position, RANGE } from '../lib/colour.js';
import { formatNumber } from '../lib/format.js';

const WIDTH = 226;
const MARGIN = 9;
const BANDS = 104;
const TICKS = [-5, -2, -0.5, 0, 0.5, 2, 5];

/** @param {SVGElement} root */
export function createScaleChart(root) {
  const span = WIDTH - 2 * MARGIN;
  const x = (/** @type {number} */ value) => MARGIN + ((position(value) + 1) / 2) * span;
  const bands = Array.from({ length: BANDS }, (_, i) => {
    const t = ((i + 0.5) / BANDS) * 2 - 1;
    return { value: Math.sign(t) * t * t * RANGE, rect: svg('rect', { x: MARGIN + (i * span) / BANDS, y: 2, width: span / BANDS + 0.3, height: 9 }) };
  });
  root.append(
    ...bands.map((b) => b.rect),
    svg('rect', { class: 'scale-frame', x: MARGIN, y: 2, width: span, height: 9, rx: 1 }),
    ...TICKS.map((v) => svg('text', { x: x(v), y: 23, 'text-anchor': 'middle' }, formatNumber(v, 1))),
  );
  /** @type {import('../lib/colour.js').Scale|null} */
  let drawn = null;
  return {
    /** @param {import('../lib/colour.js').Scale} scale */
    update(scale) {
      if (scale === drawn) return;
      drawn = scale;
      for (const { value, rect } of bands) rect.setAttribute('fill', scale.signed(value).background);
    },
  };
}
