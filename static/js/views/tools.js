// @ts-check
/** Below the drawing: load a digit, clear, invert, shift, undo, redo. */
import { createMini } from '../charts/mini.js';
import { el, find, setAttribute, setEnabled } from '../lib/dom.js';
import { sameImage } from '../lib/image.js';

/** @type {Record<string, {down: number, right: number, name: string}>} */
const SHIFTS = {
  left: { down: 0, right: -1, name: 'left' },
  up: { down: -1, right: 0, name: 'up' },
  down: { down: 1, right: 0, name: 'down' },
  right: { down: 0, right: 1, name: 'right' },
};

/** Where Ctrl+Z takes back what was typed. */
const TYPED = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, [contenteditable]';

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => import('../lib/types.js').State}} context
 * @returns {import('../lib/types.js').View}
 */
export function createTools(root, { dispatch, getState }) {
  const { digits } = getState().catalogue;
  const thumbs = digits.map((image, digit) =>
    el(
      'button',
      { type: 'button', class: 'thumb', 'aria-label': `Digit ${digit}`, onclick: () => dispatch({ type: 'image/load', image, name: `Digit ${digit}`, label: digit }) },
      createMini(image, 4),
    ),
  );
  find(root, '[data-part=digits]').replaceChildren(...thumbs);

  const label = /** @type {HTMLSelectElement} */ (find(root, '[data-part=label]'));
  label.replaceChildren(...digits.map((_, digit) => el('option', { value: digit }, digit)));
  label.addEventListener('change', () => dispatch({ type: 'image/label', label: Number(label.value) }));
  find(root, '[data-part=add-example]').addEventListener('click', () => dispatch({ type: 'examples/add', set: 'training' }));

  /** @type {HTMLButtonElement[]} */
  const buttons = Array.from(root.querySelectorAll('button[data-do]'));
  /** @param {Event} event */
  const onClick = (event) => {
    const name = /** @type {HTMLElement} */ (event.currentTarget).dataset.do ?? '';
    if (name in SHIFTS) dispatch({ type: 'image/shift', ...SHIFTS[name] });
    else dispatch({ type: name });
  };
  for (const button of buttons) button.addEventListener('click', onClick);

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const typing = event.target instanceof Element && event.target.closest(TYPED);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    dispatch({ type: key === 'y' || event.shiftKey ? 'redo' : 'undo' });
  }
  document.addEventListener('keydown', onKey);

  return {
    update(state) {
      thumbs.forEach((thumb, digit) => setAttribute(thumb, 'aria-pressed', String(sameImage(digits[digit], state.work.image))));
      if (label.value !== String(state.label)) label.value = String(state.label);
      for (const button of buttons) {
        const stack = button.dataset.do === 'undo' ? state.past : button.dataset.do === 'redo' ? state.future : null;
        if (stack) setEnabled(button, stack.length > 0);
      }
    },
    destroy() {
      for (const button of buttons) button.removeEventListener('click', onClick);
      document.removeEventListener('keydown', onKey);
    },
  };
}
