// @ts-check
/** The loss behind the epoch slider: filled up to the shown epoch. */
import { setAttribute, svg } from '../lib/dom.js';

/** @param {SVGElement} root */
export function createSparkline(root) {
  setAttribute(root, 'viewBox', '0 0 100 28');
  setAttribute(root, 'preserveAspectRatio', 'none');
  const area = svg('path', { class: 'spark-area' });
  const all = svg('path', { class: 'spark-all', 'vector-effect': 'non-scaling-stroke' });
  const past = svg('path', { class: 'spark-past', 'vector-effect': 'non-scaling-stroke' });
  root.append(area, svg('path', { class: 'spark-base', d: 'M0 27.5H100', 'vector-effect': 'non-scaling-stroke' }), all, past);
  return {
    /** @param {{losses: (number|null)[], at: number, last: number}} data */
    update({ losses, at, last }) {
      const finite = /** @type {number[]} */ (losses.filter((v) => v !== null && Number.isFinite(v)));
      const max = Math.max(0.1, ...finite);
      const points = losses.flatMap((v, i) => (v === null || !Number.isFinite(v) ? [] : [{ i, text: `${((i / Math.max(1, last)) * 100).toFixed(2)} ${(25 - (v / max) * 23).toFixed(2)}` }]));
      const path = (/** @type {typeof points} */ some) => (some.length ? `M${some.map((p) => p.text).join('L')}` : '');
      const before = points.filter((p) => p.i <= at);
      setAttribute(all, 'd', path(points));
      setAttribute(past, 'd', path(before));
      const end = (before.at(-1)?.text ?? '0 0').split(' ')[0];
      setAttribute(area, 'd', before.length ? `${path(before)}L${end} 27.5L${before[0].text.split(' ')[0]} 27.5Z` : '');
    },
  };
}
