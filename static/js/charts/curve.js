// @ts-check
/** Loss and accuracy over the epochs: training and test lines, the run before in grey, the shown epoch in green. */
import { setAttribute, setText, svg } from '../lib/dom.js';
import { formatNumber } from '../lib/format.js';
import { ticks } from './axis.js';

const W = 330;
const H = 150;
const PLOT = { left: 34, right: 290, top: 10, bottom: 122 };

/** @typedef {import('../lib/types.js').EpochRecord} EpochRecord */
/** @typedef {(number|null)[]} Series */

/**
 * @param {SVGElement} root
 * @param {{onPick: (epoch: number) => void, onHover: (epoch: number|null) => void}} options
 */
export function createCurve(root, { onPick, onHover }) {
  setAttribute(root, 'viewBox', `0 0 ${W} ${H}`);
  const grid = svg('g', { class: 'curve-grid' });
  const line = (/** @type {string} */ name) => svg('path', { class: `curve-line ${name}` });
  const lines = {
    previousLoss: line('previous'), previousAccuracy: line('previous accuracy'),
    testLoss: line('loss test'), testAccuracy: line('accuracy test'),
    lossAhead: line('loss ahead'), accuracyAhead: line('accuracy ahead'), loss: line('loss'), accuracy: line('accuracy'),
  };
  const now = svg('path', { class: 'curve-now' });
  const flag = svg('g', { class: 'curve-flag' });
  const flagBox = svg('rect', { width: 26, height: 15, rx: 3, y: PLOT.bottom + 3 });
  const flagText = svg('text', { 'text-anchor': 'middle', y: PLOT.bottom + 14.5 });
  flag.append(flagBox, flagText);
  const hover = svg('path', { class: 'curve-hover', hidden: true });
  root.append(grid, ...Object.values(lines), hover, now, flag);

  let last = 1;
  const x = (/** @type {number} */ epoch) => PLOT.left + (epoch / Math.max(1, last)) * (PLOT.right - PLOT.left);

  /** @param {MouseEvent} event */
  function epochAt(event) {
    const box = root.getBoundingClientRect();
    const t = (((event.clientX - box.left) / box.width) * W - PLOT.left) / (PLOT.right - PLOT.left);
    return t < -0.05 || t > 1.08 ? null : Math.round(Math.min(1, Math.max(0, t)) * last);
  }
  root.addEventListener('pointermove', (event) => onHover(epochAt(event)));
  root.addEventListener('pointerleave', () => onHover(null));
  root.addEventListener('click', (event) => {
    const epoch = epochAt(event);
    if (epoch !== null) onPick(epoch);
  });

  let gridKey = '';
  return {
    /**
     * @param {object} data
     * @param {EpochRecord[]} data.run
     * @param {number} data.at
     * @param {number} data.planned  epochs that the axis must hold
     * @param {import('../lib/types.js').Curve|null} data.previous
     * @param {number|null} data.hover
     */
    update({ run, at, planned, previous, hover: over }) {
      last = Math.max(planned, run.length - 1, (previous?.loss.length ?? 1) - 1, 1);
      const finite = (/** @type {Series} */ s) => s.filter((v) => v !== null && Number.isFinite(v));
      const losses = /** @type {number[]} */ ([...run.flatMap((r) => finite([r.loss, r.testLoss])), ...finite(previous?.loss ?? [])]);
      const top = Math.max(0.1, ...losses);
      const steps = ticks(top * 1.02, 3);
      const max = Math.max(top * 1.02, steps[steps.length - 1]);
      const yLoss = (/** @type {number} */ v) => PLOT.bottom - (Math.min(v, max) / max) * (PLOT.bottom - PLOT.top);
      const yAccuracy = (/** @type {number} */ v) => PLOT.bottom - v * (PLOT.bottom - PLOT.top);

      const key = [last, max].join();
      if (key !== gridKey) {
        gridKey = key;
        grid.replaceChildren(
          ...steps.flatMap((v) => [
            svg('path', { d: `M${PLOT.left} ${yLoss(v)}H${PLOT.right}` }),
            svg('text', { x: PLOT.left - 7, y: yLoss(v) + (v === 0 ? 0 : 3.5), 'text-anchor': 'end' }, formatNumber(v, steps[1] < 0.1 ? 2 : 1)),
          ]),
          ...[0, 0.5, 1].map((v) => svg('text', { x: PLOT.right + 6, y: yAccuracy(v) + 3.5 }, `${v * 100}%`)),
          ...ticks(last, 5).map((v) => svg('text', { x: x(v), y: PLOT.bottom + 13.5, 'text-anchor': 'middle', class: 'curve-epoch', 'data-epoch': v }, String(v))),
        );
      }
      for (const label of grid.querySelectorAll('.curve-epoch')) {
        label.toggleAttribute('hidden', Math.abs(x(Number(label.getAttribute('data-epoch'))) - x(at)) < 20);
      }
      const path = (/** @type {Series} */ values, /** @type {(v: number) => number} */ y, from = 0) => {
        let d = '';
        values.forEach((v, i) => {
          if (v !== null && Number.isFinite(v)) d += `${d ? 'L' : 'M'}${x(i + from).toFixed(1)} ${y(v).toFixed(1)}`;
        });
        return d;
      };
      const loss = run.map((r) => r.loss);
      const accuracy = run.map((r) => r.accuracy);
      setAttribute(lines.loss, 'd', path(loss.slice(0, at + 1), yLoss));
      setAttribute(lines.accuracy, 'd', path(accuracy.slice(0, at + 1), yAccuracy));
      setAttribute(lines.lossAhead, 'd', path(loss.slice(at), yLoss, at));
      setAttribute(lines.accuracyAhead, 'd', path(accuracy.slice(at), yAccuracy, at));
      setAttribute(lines.testLoss, 'd', path(run.map((r) => r.testLoss), yLoss));
      setAttribute(lines.testAccuracy, 'd', path(run.map((r) => r.testAccuracy), yAccuracy));
      setAttribute(lines.previousLoss, 'd', path(previous?.loss ?? [], yLoss));
      setAttribute(lines.previousAccuracy, 'd', path(previous?.accuracy ?? [], yAccuracy));
      setAttribute(now, 'd', `M${x(at)} ${PLOT.top - 4}V${PLOT.bottom}`);
      setAttribute(flagBox, 'x', String(x(at) - 13));
      setAttribute(flagText, 'x', String(x(at)));
      setText(flagText, String(at));
      hover.toggleAttribute('hidden', over === null);
      if (over !== null) setAttribute(hover, 'd', `M${x(over)} ${PLOT.top}V${PLOT.bottom}`);
    },
  };
}
