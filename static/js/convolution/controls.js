// @ts-check
/** The controls of the convolution page: a stepper for whole numbers, a field for a list of numbers. */
import { el, find, setAttribute, setEnabled, setText } from '../lib/dom.js';
import { formatList, parseList } from './sizes.js';

/**
 * A whole number with a button on either side. The template has `<span class="segment stepper" data-min data-max>`.
 * @param {HTMLElement} root
 * @param {(value: number) => void} onChange
 */
export function createStepper(root, onChange) {
  const [less, more] = Array.from(root.querySelectorAll('button'));
  const output = find(root, 'output');
  const least = Number(root.dataset.min);
  const most = Number(root.dataset.max);
  let value = Number(output.textContent);
  /** @param {number} change */
  const go = (change) => {
    const next = Math.min(most, Math.max(least, value + change));
    if (next !== value) onChange(next);
  };
  less.addEventListener('click', () => go(-1));
  more.addEventListener('click', () => go(1));
  return {
    /** @param {number} next */
    update(next) {
      value = next;
      setText(output, String(value));
      setEnabled(less, value > least);
      setEnabled(more, value < most);
    },
  };
}

/**
 * The stepper's elements, for rows that the template does not have.
 * @param {string} name
 * @param {{min: number, max: number, value: number}} range
 */
export function stepperElement(name, { min, max, value }) {
  const button = (/** @type {string} */ sign, /** @type {string} */ said) =>
    el('button', { type: 'button', 'aria-label': `${name}, ${said}` }, sign);
  return el(
    'span',
    { class: 'segment stepper', role: 'group', 'aria-label': name, dataset: { min, max } },
    button('−', 'less'), el('output', {}, value), button('+', 'more'),
  );
}

/**
 * A text field that holds a list of numbers. A wrong one keeps the old numbers and says what is wrong.
 * @param {HTMLElement} root  with an input and a [data-part=message]
 * @param {(numbers: number[]) => void} onChange
 */
export function createListField(root, onChange) {
  const input = /** @type {HTMLInputElement} */ (find(root, 'input'));
  const message = find(root, '[data-part=message]');
  let shown = '';

  function commit() {
    const parsed = parseList(input.value);
    const fault = 'fault' in parsed ? parsed.fault : '';
    setAttribute(input, 'aria-invalid', fault ? 'true' : null);
    setText(message, fault);
    if ('numbers' in parsed && formatList(parsed.numbers) !== shown) onChange(parsed.numbers);
  }
  input.addEventListener('input', commit);
  // leaving the field keeps good numbers and drops bad ones
  input.addEventListener('change', () => {
    commit();
    if (input.hasAttribute('aria-invalid')) return;
    input.value = shown;
  });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    input.value = shown;
    commit();
  });
  return {
    /** @param {number[]} numbers */
    update(numbers) {
      const text = formatList(numbers);
      if (text === shown) return;
      shown = text;
      // while it is being typed the text stays as the person writes it
      if (document.activeElement !== input) input.value = text;
    },
  };
}
