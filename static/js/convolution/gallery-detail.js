// @ts-check
/** The chosen kernel on the chosen picture, with every number, and what is to be said of the kernel. */
import { listenForArrows } from '../charts/arrow-keys.js';
import { createTile } from '../charts/tile.js';
import { el, find, setText } from '../lib/dom.js';
import { formatNumber } from '../lib/format.js';
import { OWN } from './state.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Kernel} Kernel */

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 */
export function createGalleryDetail(root, { getState, scale }) {
  const { kernels, patterns } = getState().catalogue;
  const tiles = {
    picture: createTile({ label: 'Picture', stage: 'gallery.picture' }),
    kernel: createTile({ label: 'Kernel', stage: 'gallery.kernel' }),
    response: createTile({ label: 'Response', stage: 'gallery.response' }),
    column: createTile({ label: 'Column factor', stage: 'gallery.column' }),
    row: createTile({ label: 'Row factor', stage: 'gallery.row' }),
  };
  for (const [name, tile] of Object.entries(tiles)) {
    find(root, `[data-part=${name}]`).replaceChildren(tile.root);
    listenForArrows(tile);
  }
  const factors = find(root, '[data-part=factors]');
  const say = (/** @type {string} */ name, /** @type {string} */ text) => setText(find(root, `[data-part=${name}]`), text);

  /** @param {keyof typeof tiles} name @param {number[][]} values */
  function draw(name, values) {
    const tile = tiles[name];
    tile.shape({ rows: values.length, cols: values[0].length, name: (r, c) => `gallery.${name}[${r}][${c}]` });
    tile.update(values, { scale: scale(), decimals: 2 });
  }

  return {
    /** @param {State} state */
    update({ chosen, parts }) {
      const kernel = kernels.find(({ id }) => id === chosen.kernel) ?? kernels[0];
      const pattern = patterns.find(({ id }) => id === chosen.picture);
      const { work, reply } = parts.own.shown;
      draw('picture', pattern?.image ?? work.image);
      draw('kernel', kernel.matrix);
      draw('response', pattern?.responses[kernel.id] ?? reply.responses[kernel.id]);
      say('kernel-name', kernel.name);
      say('kernel-about', kernel.about);
      say('kernel-source', `${kernel.family}. ${kernel.source}`);
      say('picture-name', pattern?.name ?? 'Your drawing');
      say('picture-about', pattern?.about ?? (chosen.picture === OWN ? 'Draw on the grid; the answers follow.' : ''));
      say('divisor', kernel.divisor === 1 ? 'as it is applied' : `whole numbers divided by ${kernel.divisor}`);
      find(root, '[data-part=sum]').replaceChildren(...sumOf(kernel));
      factors.hidden = !kernel.factors;
      say('separable', separableOf(kernel));
      if (!kernel.factors) return;
      draw('column', kernel.factors.column.map((value) => [value]));
      draw('row', [kernel.factors.row]);
      say('factor-divisor', kernel.divisor === 1 ? '' : `÷ ${kernel.divisor}`);
    },
  };
}

/** What a kernel's sum does to a flat area. @param {Kernel} kernel @returns {(Node|string)[]} */
function sumOf({ sum }) {
  const value = el('b', { dataset: { cell: 'gallery.sum', value: String(sum) } }, formatNumber(sum, 3));
  if (sum === 0) return ['Its numbers add up to ', value, ': a flat area, bright or dark, becomes 0, so only changes are left.'];
  if (sum === 1) return ['Its numbers add up to ', value, ': a flat area stays as bright as it was.'];
  return ['Its numbers add up to ', value, `: a flat area comes out ${formatNumber(sum, 3)} times as bright.`];
}

/** @param {Kernel} kernel */
function separableOf({ factors, matrix }) {
  const [rows, cols] = [matrix.length, matrix[0].length];
  if (!factors) return `Not separable: no single column times a single row makes it, so each output takes all ${rows} × ${cols} products.`;
  return `Separable: a column times a row. Sliding first one and then the other gives the same picture with ${rows} + ${cols} products an output instead of ${rows} × ${cols}.`;
}
