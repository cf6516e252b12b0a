// @ts-check
/**
 * A matrix of numbers as coloured cells: the one chart that all stages share.
 * Follows the ARIA grid pattern: one tab stop, arrow keys inside. Cells are only rewritten when their number changes.
 */
import { el } from '../lib/dom.js';
import { formatCell, formatNumber } from '../lib/format.js';

/** @typedef {import('../lib/colour.js').Scale} Scale */
/** @typedef {import('../lib/origin.js').Rect} Rect */

const [CUT, WINS, HIT, QUIET, GHOST, SPARE, LATER] = [1, 2, 4, 8, 16, 32, 64];
/** @type {[number, string][]} */
const CLASSES = [[CUT, 'cut'], [WINS, 'wins'], [HIT, 'hit'], [GHOST, 'ghost'], [SPARE, 'spare'], [LATER, 'later']];

/**
 * @typedef {object} TileShape
 * @property {number} rows
 * @property {number} cols
 * @property {(r: number, c: number) => string} name   address of a cell
 * @property {number[]} [rowBreaks]   a wider gap before these rows: borders of pooling windows
 * @property {number[]} [colBreaks]
 * @property {(r: number, c: number) => string} [say]  what a cell is called; by default its row and column
 *
 * @typedef {object} TileLook
 * @property {Scale} scale
 * @property {number} decimals
 * @property {boolean} [quiet]   too small for text: colour alone; the number stays in data-value
 * @property {(r: number, c: number) => boolean} [cut]   drawn hatched: set to zero by the activation
 * @property {(r: number, c: number) => boolean} [wins]  drawn with a dot: the largest of its window
 * @property {(r: number, c: number) => boolean} [ghost] drawn dashed: a zero of the padding
 * @property {(r: number, c: number) => boolean} [spare] drawn struck through: no window reads it
 * @property {(r: number, c: number) => boolean} [later] drawn blank: its number is known, but its turn has not come
 * @property {(r: number, c: number) => boolean} [hit]   drawn bold: belongs to the digit that is read
 */

/**
 * What stands in a cell.
 * @typedef {{value: number, decimals: number, flags: number, scale: Scale|null, look: {kind: string, text: string, background: string, ink: string}}} Drawn
 */

/** @returns {Drawn} */
const nothingDrawn = () => ({ value: NaN, decimals: -1, flags: -1, scale: null, look: { kind: '', text: '', background: '', ink: '' } });

/**
 * @param {{label: string, stage: string, filter?: number, plain?: boolean, tabStop?: boolean}} options   plain: without colour
 */
export function createTile({ label, stage, filter, plain = false, tabStop = true }) {
  const ring = el('span', { class: 'ring', 'aria-hidden': 'true', hidden: true });
  const root = el('div', { class: 'tile', role: 'grid', 'aria-label': label, dataset: { tile: stage } }, ring);
  if (plain) root.classList.add('plain');
  if (filter !== undefined) root.dataset.filter = String(filter);
  /** @type {HTMLElement[]} */
  let cells = [];
  /** @type {Drawn[]} */
  let drawn = [];
  let rows = 0;
  let cols = 0;
  let shapeKey = '';
  /** @type {number[]} */
  let rowLine = [];
  /** @type {number[]} */
  let colLine = [];
  let current = 0;
  /** @type {TileShape['say']} */
  let sayCell;

  /**
   * @param {number} count
   * @param {number[]} breaks
   * @param {string} [side]
   * @returns {[number[], string]} the grid line of each index, and the template
   */
  function tracks(count, breaks, side = 'var(--cell)') {
    const lines = [];
    const sizes = [];
    for (let i = 0; i < count; i++) {
      if (i > 0 && breaks.includes(i)) sizes.push('var(--window-gap)');
      lines.push(sizes.length + 1);
      sizes.push(side);
    }
    return [lines, sizes.join(' ')];
  }

  /** The grid lines around a rectangle of cells. @param {Rect} rect */
  const areaOf = ({ r0, c0, r1, c1 }) => `${rowLine[r0]} / ${colLine[c0]} / ${rowLine[r1] + 1} / ${colLine[c1] + 1}`;

  /** @param {number} at */
  function makeCurrent(at) {
    if (at !== current) cells[current]?.removeAttribute('tabindex'); // taking it from the focused cell would end the focus
    current = at;
    cells[current]?.setAttribute('tabindex', '0');
  }

  root.addEventListener('focusin', (event) => {
    const at = cells.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0) return;
    makeCurrent(at);
    describe(at);
  });

  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    const row = Math.floor(current / cols);
    makeCurrent(event.key === 'Home' ? (event.ctrlKey ? 0 : row * cols) : event.ctrlKey ? cells.length - 1 : row * cols + cols - 1);
    cells[current].focus();
  });

  /** A cell is only spoken of when it has the focus, so only then is its sentence written. @param {number} at */
  function describe(at) {
    const [r, c] = [Math.floor(at / cols), at % cols];
    const name = sayCell?.(r, c) ?? `${root.getAttribute('aria-label')}, row ${r}, column ${c}`;
    cells[at].setAttribute('aria-label', `${name}: ${formatNumber(drawn[at].value, drawn[at].decimals)}`);
  }

  return {
    root,

    /** @param {TileShape} shape */
    shape({ rows: nextRows, cols: nextCols, name, rowBreaks = [], colBreaks = [], say }) {
      sayCell = say;
      const key = [nextRows, nextCols, name(0, 0), rowBreaks, colBreaks].join(';');
      if (key === shapeKey) return;
      shapeKey = key;
      rows = nextRows;
      cols = nextCols;
      let template = '';
      [rowLine, template] = tracks(rows, rowBreaks);
      root.style.gridTemplateRows = template;
      [colLine, template] = tracks(cols, colBreaks, 'var(--cell-width, var(--cell))');
      root.style.gridTemplateColumns = template;
      cells = [];
      drawn = [];
      const lines = Array.from({ length: rows }, (_, r) =>
        el('div', { role: 'row', class: 'tile-row' }, ...Array.from({ length: cols }, (_unused, c) => {
          const cell = el('span', { class: 'cell', role: 'gridcell', dataset: { cell: name(r, c) } });
          // without gaps cells fall into place by themselves, and those with no style of their own share one
          if (rowBreaks.length || colBreaks.length) cell.style.gridArea = `${rowLine[r]} / ${colLine[c]}`;
          cells.push(cell);
          drawn.push(nothingDrawn());
          return cell;
        })),
      );
      root.replaceChildren(...lines, ring);
      if (tabStop) makeCurrent(0);
    },

    /**
     * @param {number[][]} values
     * @param {TileLook} look
     */
    update(values, { scale, decimals, quiet = false, cut, wins, ghost, spare, later, hit }) {
      for (let at = 0; at < cells.length; at++) {
        const r = Math.floor(at / cols);
        const c = at % cols;
        const value = values[r][c];
        const flags = (cut?.(r, c) ? CUT : 0) + (wins?.(r, c) ? WINS : 0) + (hit?.(r, c) ? HIT : 0) + (quiet ? QUIET : 0) +
          (ghost?.(r, c) ? GHOST : 0) + (spare?.(r, c) ? SPARE : 0) + (later?.(r, c) ? LATER : 0);
        const old = drawn[at];
        const paints = plain ? null : scale;
        if (Object.is(old.value, value) && old.flags === flags && old.decimals === decimals && old.scale === paints) continue;
        old.value = value;
        old.decimals = decimals;
        old.flags = flags;
        old.scale = paints;
        draw(cells[at], old);
        if (cells[at] === document.activeElement) describe(at);
      }
    },

    /** Empty cells in their final geometry, for numbers that are still awaited. */
    clear() {
      drawn = drawn.map(nothingDrawn);
      for (const cell of cells) {
        cell.className = 'cell awaited';
        cell.textContent = '';
        cell.style.backgroundColor = '';
        cell.style.color = '';
        delete cell.dataset.value;
      }
    },

    /**
     * Draw a ring around a rectangle of cells.
     * @param {Rect|null} rect
     * @param {'origin'|'ahead'|'beaten'} [kind]  what it was made of; where it goes; where it would go if it won its window
     */
    mark(rect, kind = 'origin') {
      const inside = rect && rect.r1 < rows && rect.c1 < cols ? rect : null;
      ring.hidden = !inside;
      if (!inside) return;
      ring.dataset.kind = kind;
      ring.style.gridArea = areaOf(inside);
    },

    /** Lay an element over one cell; its style must take it out of the flow, or it would displace cells. @param {number} r @param {number} c @param {HTMLElement} element */
    cover(r, c, element) {
      element.style.gridArea = areaOf({ r0: r, c0: c, r1: r, c1: c });
      root.append(element);
    },

    /** Whether the Tab key comes here; arrow keys come in any case. @param {boolean} on */
    stop(on) {
      if (on === tabStop || root.contains(document.activeElement)) return;
      tabStop = on;
      if (on) makeCurrent(current);
      else cells[current]?.removeAttribute('tabindex');
    },

    /** Draw the ring around all of it. */
    markAll() {
      this.mark({ r0: 0, c0: 0, r1: rows - 1, c1: cols - 1 }, 'ahead');
    },

    /** @param {number} r @param {number} c */
    cell: (r, c) => /** @type {HTMLElement|undefined} */ (r >= 0 && c >= 0 && r < rows && c < cols ? cells[r * cols + c] : undefined),

    /** Row and column of one of its cells. @param {HTMLElement} cell @returns {[number, number]} */
    placeOf(cell) {
      const at = cells.indexOf(cell);
      return [Math.floor(at / cols), at % cols];
    },
  };
}

/** @typedef {ReturnType<typeof createTile>} Tile */

/**
 * Write to the document only what differs: most of a cell stays from one epoch to the next.
 * @param {HTMLElement} cell
 * @param {Drawn} drawn   what stands in the cell; brought up to date
 */
function draw(cell, drawn) {
  const { value, decimals, flags, scale, look } = drawn;
  const text = flags & QUIET ? '' : formatCell(value, decimals);
  const zero = value === 0;
  const finite = Number.isFinite(value);
  const kind =
    'cell' + (finite ? '' : ' nan') + (zero ? ' zero' : '') + (value < 0 ? ' neg' : '') + (text.length > 5 ? ' long' : text.length > 4 ? ' wide' : '') +
    CLASSES.map(([flag, name]) => (flags & flag ? ` ${name}` : '')).join('');
  const paint = finite && !zero && scale && !(flags & LATER) ? scale.signed(value) : null;
  cell.setAttribute('data-value', String(value));
  if (kind !== look.kind) cell.className = look.kind = kind;
  if (text !== look.text) cell.textContent = look.text = text;
  const background = paint?.background ?? '';
  if (background !== look.background) cell.style.backgroundColor = look.background = background;
  const ink = paint?.ink ?? '';
  if (ink !== look.ink) cell.style.color = look.ink = ink;
}
