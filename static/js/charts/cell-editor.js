// @ts-check
/** A text field laid over one cell of a tile, for as long as its number is being edited. */
import { el } from '../lib/dom.js';
import { formatExact, MINUS, parseNumber } from '../lib/format.js';

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const LIMIT = 1000; // a weight beyond it is a slip of the finger

/**
 * @param {import('./tile.js').Tile} tile
 * @param {number} row
 * @param {number} col
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.value
 * @param {string} [options.first]  what was typed to open it
 * @param {(value: number) => void} options.onCommit
 * @param {(dr: number, dc: number) => void} options.onMove   after a commit by Tab or an arrow
 * @param {() => void} options.onClose   give the focus back
 */
export function openCellEditor(tile, row, col, { label, value, first, onCommit, onMove, onClose }) {
  const message = el('span', { class: 'editor-message', role: 'alert' });
  const input = el('input', {
    class: 'editor', type: 'text', inputmode: 'text', autocomplete: 'off', spellcheck: 'false', 'aria-label': label,
  });
  const root = el('span', { class: 'editor-box' }, input, message);
  input.value = first ?? formatExact(value);
  let open = true;

  function close() {
    if (!open) return;
    open = false;
    root.remove();
  }

  /** @returns {boolean} whether the field could close */
  function commit() {
    const typed = parseNumber(input.value);
    if (typed === null || Math.abs(typed) > LIMIT) {
      input.setAttribute('aria-invalid', 'true');
      message.textContent = typed === null ? (input.value.includes('/') ? 'A fraction of two numbers, not by 0' : 'A number, such as −0.5 or 1/9') : `Between ${MINUS}${LIMIT} and ${LIMIT}`;
      return false;
    }
    close();
    if (typed !== value) onCommit(typed);
    return true;
  }

  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      close();
      onClose();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (commit()) onClose();
    } else if (event.key === 'Tab') {
      event.preventDefault();
      if (commit()) onMove(0, event.shiftKey ? -1 : 1);
    } else if (event.key in STEPS) {
      event.preventDefault();
      if (commit()) onMove(...STEPS[event.key]);
    }
  });
  input.addEventListener('input', () => {
    input.removeAttribute('aria-invalid');
    message.textContent = '';
  });
  // leaving the field keeps a good number and drops a bad one
  input.addEventListener('blur', () => open && (commit() || close()));
  tile.cover(row, col, root);
  input.focus();
  if (first === undefined) input.select();
  return { close };
}
