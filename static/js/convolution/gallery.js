// @ts-check
/** The kernel gallery: every preset against every picture, in colours; the chosen pair with its numbers. */
import { el, find, icon, setAttribute, setText } from '../lib/dom.js';
import { isBlank, sameImage } from '../lib/image.js';
import { createDrawing } from '../views/drawing.js';
import { createMini } from '../charts/mini.js';
import { drawHeat } from '../charts/heat.js';
import { createGalleryDetail } from './gallery-detail.js';
import { OWN } from './state.js';

/** @typedef {import('./types.js').State} State */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 * @returns {import('./types.js').View}
 */
export function createGallery(root, context) {
  const { dispatch, getState, scale } = context;
  const { kernels, patterns, digits } = getState().catalogue;
  const pictures = [...patterns.map(({ id, name }) => ({ id, name })), { id: OWN, name: 'Your drawing' }];
  const table = find(root, '[data-part=table]');
  const detailRoot = find(root, '[data-part=detail]');
  const detail = createGalleryDetail(detailRoot, context);
  const drawingRoot = find(root, '[data-part=drawing]');
  const drawing = createDrawing(drawingRoot, {
    dispatch,
    scale,
    // the drawing grid of the playground knows its own state; of it, only the image is read
    getState: () => /** @type {any} */ ({ work: getState().parts.own.work }),
  });
  for (const button of root.querySelectorAll('button[data-do]')) {
    const name = /** @type {HTMLElement} */ (button).dataset.do ?? '';
    if (name.startsWith('image/')) button.addEventListener('click', () => dispatch({ type: name }));
  }
  const thumbs = digits.map((image, digit) =>
    el('button', { type: 'button', class: 'thumb', 'aria-label': `Digit ${digit}`, onclick: () => dispatch({ type: 'image/load', image, name: `Digit ${digit}` }) }, createMini(image, 3)),
  );
  find(root, '[data-part=digits]').replaceChildren(...thumbs);

  const heads = pictures.map(({ name }) => {
    const canvas = el('canvas', { class: 'heat' });
    return { canvas, element: el('span', { role: 'columnheader', class: 'gallery-head' }, canvas, el('span', {}, name)) };
  });
  const rows = kernels.map((kernel, r) => {
    const matrix = el('canvas', { class: 'heat' });
    const cells = pictures.map((picture, c) => {
      const canvas = el('canvas', { class: 'heat' });
      const cell = el('button', {
        type: 'button', role: 'gridcell', class: 'response', tabindex: r === 0 && c === 0 ? 0 : -1, 'aria-label': `${kernel.name} on ${picture.name}`, title: `${kernel.name} on ${picture.name}`,
        onclick: () => {
          choose(r, c);
          const { top } = detailRoot.getBoundingClientRect(); // on a narrow page it lies below
          if (top > window.innerHeight - 120) detailRoot.scrollIntoView();
        },
      }, canvas);
      return { cell, canvas };
    });
    const name = el('span', { role: 'rowheader', class: 'gallery-kernel' }, matrix, el('span', { class: 'gallery-name' }, kernel.name));
    return { matrix, cells, element: el('div', { role: 'row', class: 'gallery-row' }, name, ...cells.map(({ cell }) => cell)) };
  });
  table.replaceChildren(
    el('div', { role: 'row', class: 'gallery-row gallery-heads' }, el('span', { role: 'columnheader', class: 'gallery-kernel' }, el('span', { class: 'vh' }, 'Kernel')), ...heads.map((head) => head.element)),
    ...rows.map((row) => row.element),
  );

  /** @param {number} r @param {number} c */
  const choose = (r, c) => dispatch({ type: 'gallery/choose', kernel: kernels[r].id, picture: pictures[c].id });

  table.addEventListener('keydown', (event) => {
    const step = ARROWS[event.key];
    const at = rows.findIndex((row) => row.cells.some(({ cell }) => cell === document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    const column = rows[at].cells.findIndex(({ cell }) => cell === document.activeElement);
    const [r, c] = [at + step[0], column + step[1]];
    const next = rows[r]?.cells[c]?.cell;
    if (!next) return;
    choose(r, c);
    next.focus();
  });

  find(root, '[data-do=open]').addEventListener('click', () => {
    const { chosen } = getState();
    const kernel = kernels.find(({ id }) => id === chosen.kernel) ?? kernels[0];
    const picture = patterns.find(({ id }) => id === chosen.picture);
    dispatch({ type: 'gallery/open', kernel: kernel.matrix, image: picture?.image ?? getState().parts.own.work.image, name: kernel.name });
    const target = document.getElementById('two-dimensions');
    target?.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    target?.focus({ preventScroll: true });
  });
  find(root, '[data-do=open]').prepend(icon('up'));

  /** @type {import('../lib/colour.js').Scale|null} */
  let drawnScale = null;
  /** @type {import('./types.js').Responses|null} */
  let drawnOwn = null;

  return {
    update(state) {
      const paints = scale();
      const { own } = state.parts;
      drawing.update(/** @type {any} */ ({ work: own.work }));
      thumbs.forEach((thumb, digit) => setAttribute(thumb, 'aria-pressed', String(sameImage(digits[digit], own.work.image))));
      setText(find(root, '[data-part=own-note]'), isBlank(own.work.image) ? 'Nothing drawn yet: every kernel answers 0.' : '');
      if (paints !== drawnScale) {
        patterns.forEach((pattern, c) => drawHeat(heads[c].canvas, pattern.image, paints.pixel));
        rows.forEach((row, r) => {
          drawHeat(row.matrix, kernels[r].matrix, paints.signed);
          patterns.forEach((pattern, c) => drawHeat(row.cells[c].canvas, pattern.responses[kernels[r].id], paints.signed));
        });
      }
      if (paints !== drawnScale || own.shown.reply !== drawnOwn) {
        drawHeat(heads[patterns.length].canvas, own.shown.work.image, paints.pixel);
        rows.forEach((row, r) => drawHeat(row.cells[patterns.length].canvas, own.shown.reply.responses[kernels[r].id], paints.signed));
      }
      drawnScale = paints;
      drawnOwn = own.shown.reply;
      rows.forEach((row, r) =>
        row.cells.forEach(({ cell }, c) => {
          const chosen = kernels[r].id === state.chosen.kernel && pictures[c].id === state.chosen.picture;
          setAttribute(cell, 'aria-selected', String(chosen));
          cell.tabIndex = chosen ? 0 : -1;
        }),
      );
      detail.update(state);
    },
    destroy() {
      drawing.destroy();
    },
  };
}
