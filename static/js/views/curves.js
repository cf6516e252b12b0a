// @ts-check
/** The learning curve with its read-out, and the confusion matrix. */
import { createConfusion } from '../charts/confusion.js';
import { createCurve } from '../charts/curve.js';
import { createChanged } from '../lib/changed.js';
import { find, setAttribute, setText } from '../lib/dom.js';
import { formatPercent } from '../lib/format.js';

/** @typedef {import('../lib/types.js').State} State */

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State}} context
 * @returns {import('../lib/types.js').View}
 */
export function createCurves(root, { dispatch, getState }) {
  const picture = /** @type {any} */ (find(root, '[data-part=curve]'));
  const readout = find(root, '[data-part=curve-readout]');
  const buttons = /** @type {HTMLButtonElement[]} */ (Array.from(root.querySelectorAll('button[data-set]')));
  /** @type {import('../lib/types.js').SetName} */
  let set = 'training';
  /** @type {number|null} */
  let hover = null;
  const curve = createCurve(picture, {
    onPick: (at) => dispatch({ type: 'time/go', at }),
    onHover(epoch) {
      if (epoch === hover) return;
      hover = epoch;
      draw(getState());
    },
  });
  const confusion = createConfusion(find(root, '[data-part=confusion]'), {
    onPick(from, to) {
      const { picked } = getState();
      const again = picked && picked.from === from && picked.to === to && picked.set === set;
      dispatch({ type: 'examples/pick', picked: again ? null : { from, to, set } });
    },
  });
  for (const button of buttons) {
    button.addEventListener('click', () => {
      set = /** @type {import('../lib/types.js').SetName} */ (button.dataset.set);
      draw(getState());
    });
  }

  const changed = createChanged();

  /** @param {State} state */
  function draw(state) {
    drawCurve(state);
    const { evaluations, picked, sets } = state;
    const found = evaluations[set]?.examples === sets[set].examples ? evaluations[set] : null;
    confusion.update({ confusion: found?.confusion ?? null, picked: picked?.set === set ? picked : null });
    for (const button of buttons) setAttribute(button, 'aria-pressed', String(button.dataset.set === set));
  }

  /** @param {State} state */
  function drawCurve({ work, previous, training, plan }) {
    const planned = training.status === 'running' ? training.until : plan.epochs;
    const over = hover === null ? null : Math.min(hover, work.run.length - 1);
    if (!changed(work.run, work.at, planned, previous, over)) return;
    curve.update({ run: work.run, at: work.at, planned, previous, hover: over });
    const shown = work.run[over ?? work.at];
    const number = (/** @type {number|null} */ v) => (v === null ? '–' : v.toFixed(3));
    const percent = (/** @type {number|null} */ v) => (v === null ? '–' : `${formatPercent(v)} %`);
    const test = shown.testLoss === null ? '' : `, test ${number(shown.testLoss)} and ${percent(shown.testAccuracy)}`;
    setText(readout, `Epoch ${shown.epoch}: loss ${number(shown.loss)}, accuracy ${percent(shown.accuracy)}${test}`);
    const last = work.run.at(-1);
    setAttribute(picture, 'aria-label', `Loss ${number(work.run[1]?.loss ?? null)} at epoch 1, ${number(last?.loss ?? null)} at epoch ${work.run.length - 1}; accuracy ${percent(last?.accuracy ?? null)}`);
  }
  return { update: draw, destroy() {} };
}
