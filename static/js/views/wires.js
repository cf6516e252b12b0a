// @ts-check
/** The curves that lead from stage to stage, and the band that links a cell to the window it was made from. */
import { svg } from '../lib/dom.js';

/** @typedef {{l: number, t: number, r: number, b: number, y: number}} Box */

const GAP = 4; // px between a curve and what it meets

/**
 * @param {SVGElement} root  lies under the network, as large as it
 * @param {HTMLElement} net
 */
export function createWires(root, net) {
  /** @param {Element} element @returns {Box} */
  function box(element) {
    const o = net.getBoundingClientRect();
    const e = element.getBoundingClientRect();
    return { l: e.left - o.left, t: e.top - o.top, r: e.right - o.left, b: e.bottom - o.top, y: (e.top + e.bottom) / 2 - o.top };
  }
  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
  const curve = (x1, y1, x2, y2) => {
    const h = (x2 - x1) * 0.55;
    return `C${x1 + h} ${y1} ${x2 - h} ${y2} ${x2} ${y2}`;
  };
  /** @param {string} d @param {string} kind */
  const path = (d, kind) => svg('path', { d, class: `wire ${kind}` });

  return {
    /**
     * @param {object} parts
     * @param {HTMLElement} parts.drawing
     * @param {import('./filter.js').FilterView[]} parts.filters
     * @param {(filter: number) => {flat: import('../charts/tile.js').Tile}|undefined} parts.group
     * @param {import('../lib/origin.js').Origin|null} parts.origin
     * @param {[HTMLElement, HTMLElement]|null} parts.corners   first and last pixel of the window
     */
    draw({ drawing, filters, group, origin, corners }) {
      if (getComputedStyle(root).display === 'none') return;
      /** @type {SVGElement[]} */
      const bands = [];
      /** @type {SVGElement[]} */
      const lines = [];
      const from = box(drawing);
      const spread = Math.min(10, 120 / filters.length);
      filters.forEach((view, filter) => {
        const { kernel, conv, relu, pool } = view.tiles;
        const [k, z, a, m] = [kernel, conv, relu, pool].map((tile) => box(tile.root));
        const meta = box(/** @type {Element} */ (view.root.querySelector('.meta')));
        const active = origin?.filter === filter && corners !== null;
        const marked = (/** @type {import('../charts/tile.js').Tile} */ tile) => {
          const ring = tile.root.querySelector('.ring');
          return ring && !(/** @type {HTMLElement} */ (ring).hidden) ? box(ring) : null;
        };
        const y0 = from.y + (filter - (filters.length - 1) / 2) * spread;
        const [kRing, zRing, aRing, mRing] = [marked(kernel), marked(conv), marked(relu), marked(pool)];
        if (active && corners) {
          const p = { ...box(corners[0]), r: box(corners[1]).r, b: box(corners[1]).b };
          const target = kRing ?? k;
          const xe = meta.l - GAP;
          bands.push(path(`M${p.r} ${p.t}${curve(p.r, p.t, xe, target.t)}L${target.l} ${target.t}V${target.b}L${xe} ${target.b}${curve(xe, target.b, p.r, p.b)}Z`, 'band'));
          lines.push(path(`M${p.r} ${p.t}${curve(p.r, p.t, xe, target.t)}L${target.l} ${target.t}M${p.r} ${p.b}${curve(p.r, p.b, xe, target.b)}L${target.l} ${target.b}`, 'edge'));
        } else {
          lines.push(path(`M${from.r} ${y0}${curve(from.r, y0, meta.l - GAP, k.y)}L${k.l} ${k.y}`, 'rest'));
        }
        if (active && zRing && kRing) {
          bands.push(path(`M${kRing.r} ${kRing.t}${curve(kRing.r, kRing.t, zRing.l, zRing.t)}V${zRing.b}${curve(zRing.l, zRing.b, kRing.r, kRing.b)}Z`, 'band'));
          lines.push(path(`M${kRing.r} ${kRing.t}${curve(kRing.r, kRing.t, zRing.l, zRing.t)}M${kRing.r} ${kRing.b}${curve(kRing.r, kRing.b, zRing.l, zRing.b)}`, 'edge'));
        } else {
          lines.push(path(`M${k.r} ${k.y}L${z.l} ${z.y}`, 'rest'));
        }
        lines.push(zRing && aRing ? path(`M${zRing.r} ${zRing.y}L${aRing.l} ${aRing.y}`, 'chosen') : path(`M${z.r} ${z.y}L${a.l} ${a.y}`, 'rest'));
        const beaten = /** @type {HTMLElement|null} */ (pool.root.querySelector('.ring'))?.dataset.kind === 'beaten' ? ' beaten' : '';
        lines.push(aRing && mRing ? path(`M${aRing.r} ${aRing.y}${curve(aRing.r, aRing.y, mRing.l, mRing.y)}`, `chosen${beaten}`) : path(`M${a.r} ${a.y}L${m.l} ${m.y}`, 'rest'));
        const features = group(filter);
        if (!features) return;
        const f = box(features.flat.root);
        if (f.l <= m.r) return; // the dense layer stands below, not beside
        const fRing = marked(features.flat);
        lines.push(
          mRing && fRing
            ? path(`M${mRing.r} ${mRing.y}${curve(mRing.r, mRing.y, fRing.l, fRing.y)}`, 'chosen')
            : path(`M${m.r} ${m.y}${curve(m.r, m.y, f.l, f.y)}`, 'rest'),
        );
      });
      root.replaceChildren(...bands, ...lines);
    },
  };
}
