// @ts-check
/** The drawing grid: mouse, finger, pen or keys. Dragging paints; a press on an inked cell erases. */
import { createWindow } from '../charts/window.js';
import { address } from '../lib/address.js';
import { el, find, setAttribute, setText } from '../lib/dom.js';
import { formatNumber } from '../lib/format.js';
import { isBlank, line } from '../lib/image.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {[number, number]} Cell */

const HALF_TONE = 0.5;
/** @type {Record<string, Cell>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} context
 * @returns {import('../lib/types.js').View & {mark: (rect: import('../lib/origin.js').Rect|null, slide: number) => [HTMLElement, HTMLElement]|null}}
 */
export function createDrawing(root, { dispatch, getState, scale }) {
  const size = getState().work.image.length;
  const cells = Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (_unused, c) => {
      const cell = el('button', { type: 'button', class: 'cell pixel', tabindex: '-1', dataset: { cell: address('input', r, c) } });
      cell.style.gridArea = `${r + 1} / ${c + 1}`;
      return cell;
    }),
  );
  const frame = createWindow();
  frame.root.hidden = true;
  const prompt = find(root, '[data-part=prompt]');
  root.prepend(...cells.flat(), frame.root);
  cells[0][0].tabIndex = 0;

  /** @type {{pointer: number, value: number, last: Cell}|null} */
  let stroke = null;
  /** @type {import('../lib/types.js').Matrix|null} */
  let drawnImage = null;
  /** @type {import('../lib/colour.js').Scale|null} */
  let drawnScale = null;

  /** @param {{clientX: number, clientY: number}} point @returns {Cell} */
  function cellAt({ clientX, clientY }) {
    const first = cells[0][0].getBoundingClientRect();
    const last = cells[size - 1][size - 1].getBoundingClientRect();
    const at = (/** @type {number} */ v, /** @type {number} */ from, /** @type {number} */ to) =>
      Math.min(size - 1, Math.max(0, Math.floor(((v - from) / (to - from)) * size)));
    return [at(clientY, first.top, last.bottom), at(clientX, first.left, last.right)];
  }

  /**
   * What a press leaves in a cell: nothing where ink was, else full ink; a half tone with Shift or a light pen.
   * @param {Cell} cell
   * @param {{shiftKey: boolean, pointerType?: string, pressure?: number}} event
   */
  function inkFor([r, c], event) {
    if (getState().work.image[r][c] > 0) return 0;
    const light = event.shiftKey || (event.pointerType === 'pen' && (event.pressure ?? 1) < 0.35);
    return light ? HALF_TONE : 1;
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    if (event.button !== 0 || stroke) return;
    const cell = cellAt(event);
    event.preventDefault();
    root.setPointerCapture(event.pointerId);
    stroke = { pointer: event.pointerId, value: inkFor(cell, event), last: cell };
    moveFocus(cell);
    dispatch({ type: 'image/stroke', cell, value: stroke.value });
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    if (!stroke || event.pointerId !== stroke.pointer) return;
    const points = event.getCoalescedEvents?.() ?? [];
    /** @type {Cell[]} */
    const path = [];
    for (const point of points.length ? points : [event]) {
      const cell = cellAt(point);
      path.push(...line(stroke.last, cell));
      stroke.last = cell;
    }
    dispatch({ type: 'image/paint', cells: path, value: stroke.value });
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    if (stroke?.pointer === event.pointerId) stroke = null;
  }

  /** @param {Cell} cell */
  function moveFocus([r, c]) {
    for (const button of cells.flat()) button.tabIndex = -1;
    cells[r][c].tabIndex = 0;
    cells[r][c].focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const at = cells.flat().indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Cell} */
    const cell = [Math.floor(at / size), at % size];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      if (event.repeat) return;
      dispatch({ type: 'image/stroke', cell, value: inkFor(cell, event) });
    } else if (event.key in ARROWS) {
      event.preventDefault();
      const [dr, dc] = ARROWS[event.key];
      const clip = (/** @type {number} */ v) => Math.min(size - 1, Math.max(0, v));
      moveFocus([clip(cell[0] + dr), clip(cell[1] + dc)]);
    }
  }

  /** A click that no pointer or key made: a screen reader's or a switch's. @param {MouseEvent} event */
  function onClick(event) {
    const at = cells.flat().indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (at < 0 || event.detail !== 0) return;
    /** @type {Cell} */
    const cell = [Math.floor(at / size), at % size];
    dispatch({ type: 'image/stroke', cell, value: inkFor(cell, event) });
  }

  root.addEventListener('pointerdown', onDown);
  root.addEventListener('pointermove', onMove);
  root.addEventListener('pointerup', onUp);
  root.addEventListener('pointercancel', onUp);
  root.addEventListener('keydown', onKey);
  root.addEventListener('click', onClick);

  return {
    update(state) {
      const image = state.work.image;
      const paints = scale();
      prompt.hidden = !isBlank(image);
      if (image === drawnImage && paints === drawnScale) return;
      drawnImage = image;
      drawnScale = paints;
      for (let r = 0; r < size; r++) {
        for (let c = 0; c < size; c++) {
          const cell = cells[r][c];
          const value = image[r][c];
          const { background, ink } = paints.pixel(value);
          cell.style.backgroundColor = background;
          cell.style.color = ink;
          cell.dataset.value = String(value);
          setText(cell, formatNumber(value, 1));
          setAttribute(cell, 'aria-pressed', String(value > 0));
          setAttribute(cell, 'aria-label', `Pixel row ${r}, column ${c}: ${formatNumber(value, 2)}`);
        }
      }
    },
    mark(rect, slide) {
      frame.root.hidden = !rect;
      if (!rect) return null;
      frame.root.style.setProperty('--slide', `${slide}ms`);
      frame.update({ at: [rect.r0, rect.c0], span: [rect.r1 - rect.r0 + 1, rect.c1 - rect.c0 + 1], step: [1, 1] });
      return [cells[rect.r0][rect.c0], cells[rect.r1][rect.c1]];
    },
    destroy() {
      root.replaceChildren(prompt);
    },
  };
}
