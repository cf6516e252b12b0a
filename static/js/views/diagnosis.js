// @ts-check
/**
 * What stands in the way of learning, with a remedy to click: what is broken as a notice under the transport, advice in a line
 * that keeps its place, so that nothing jumps while somebody draws. With nothing to say, the line tells what is read.
 */
import { diagnose } from '../lib/diagnosis.js';
import { find, setAttribute, setText } from '../lib/dom.js';
import { formatPercent } from '../lib/format.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/diagnosis.js').Finding} Finding */

/**
 * @param {HTMLElement} notice
 * @param {HTMLElement} line
 * @param {{dispatch: import('../lib/types.js').Dispatch}} context
 * @returns {import('../lib/types.js').View}
 */
export function createDiagnosis(notice, line, { dispatch }) {
  /** @type {Set<string>} */
  const dismissed = new Set();
  const broken = createPlace(notice, dispatch, () => dispatch({ type: 'train/dismiss' }));
  const advice = createPlace(line, dispatch, (finding) => {
    dismissed.add(finding.id);
    advice.show(null);
  });
  return {
    update(state) {
      const findings = state.server.status === 'ok' ? diagnose(state).filter(({ id }) => !dismissed.has(id)) : [];
      broken.show(findings.find(({ wrong }) => wrong) ?? null);
      notice.hidden = !broken.shown();
      advice.show(findings.find(({ wrong }) => !wrong) ?? null, reading(state));
    },
    destroy() {},
  };
}

/** @param {State} state */
function reading({ shown, label }) {
  if (!shown) return '';
  const { predicted, probabilities } = shown.trace;
  const sure = `The network reads your drawing as ${predicted}, at ${formatPercent(probabilities[predicted])} %`;
  return predicted === label ? `${sure}.` : `${sure}. Its label is ${label}.`;
}

/**
 * @param {HTMLElement} root
 * @param {import('../lib/types.js').Dispatch} dispatch
 * @param {(finding: Finding) => void} onDismiss
 */
function createPlace(root, dispatch, onDismiss) {
  const text = find(root, '[data-part=text]');
  const remedy = find(root, '[data-part=remedy]');
  const dismiss = find(root, '[data-part=dismiss]');
  /** @type {Finding|null} */
  let finding = null;
  remedy.addEventListener('click', () => finding?.remedy?.actions.forEach((action) => dispatch(action)));
  dismiss.addEventListener('click', () => finding && onDismiss(finding));
  return {
    /** @param {Finding|null} next @param {string} [otherwise] */
    show(next, otherwise = '') {
      finding = next;
      setText(text, next?.text ?? otherwise);
      setText(remedy, next?.remedy?.name ?? '');
      setAttribute(remedy, 'hidden', next?.remedy ? null : '');
      setAttribute(dismiss, 'hidden', next ? null : '');
    },
    shown: () => finding !== null,
  };
}
