// @ts-check
/** How the selected number came to be: a sentence, the grids that are multiplied, the ledger, the formula; forward or backward. */
import { display, row, sub, workedLines } from '../charts/formula.js';
import { createPlayer } from '../charts/player.js';
import { createTile } from '../charts/tile.js';
import { parseAddress } from '../lib/address.js';
import { el, find, icon, setAttribute, setText } from '../lib/dom.js';
import { explainedCell, explanationOf, explanationText, positions } from '../lib/explained.js';
import { formatExact, formatNumber } from '../lib/format.js';

/** @typedef {import('../lib/types.js').State} State */
/** @typedef {import('../lib/types.js').Explanation} Explanation */

const SHOWN_TERMS = 40; // products that a formula writes out; the list below holds all
const SIGNS = ['×', '='];

/**
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} context
 * @returns {import('../lib/types.js').View}
 */
export function createExplain(root, { dispatch, getState, scale }) {
  const part = (/** @type {string} */ name) => find(root, `[data-part=${name}]`);
  const [summary, spoken, grids, ledger, formula, terms, extra] = ['summary', 'spoken', 'grids', 'ledger', 'formula', 'terms', 'extra'].map(part);
  const tabs = /** @type {HTMLButtonElement[]} */ (Array.from(root.querySelectorAll('[role=tab]')));
  const sheet = part('sheet');
  const player = createPlayer(part('player'), {
    label: 'Slide the window',
    onStep: (step, byHand) => {
      const cell = positions(getState())[step];
      if (cell) dispatch({ type: 'cell/select', cell });
      if (byHand) dispatch({ type: 'player/play', playing: false });
    },
    onPlay: (playing) => dispatch({ type: 'player/play', playing }),
    onSpeed: (speed) => dispatch({ type: 'player/speed', speed }),
  });

  for (const tab of tabs) {
    tab.addEventListener('click', () => dispatch({ type: 'view/direction', direction: tab.dataset.direction }));
    tab.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.preventDefault();
      const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
      other.focus();
      other.click();
    });
  }
  const copy = part('copy');
  copy.addEventListener('click', () => share(copy, explanationText));
  const link = part('link');
  link.addEventListener('click', () => share(link, () => location.href));

  /** @param {HTMLElement} button @param {(e: Explanation) => string} text */
  async function share(button, text) {
    const { explanation } = explanationOf(getState());
    if (!explanation) return;
    const label = button.textContent ?? '';
    let done = true;
    try {
      await navigator.clipboard.writeText(text(explanation));
    } catch {
      done = false; // the browser does not allow it here
    }
    button.textContent = done ? 'Copied' : 'Not allowed';
    setTimeout(() => (button.textContent = label), 1200);
  }

  // on a phone the panel is a sheet: closed, or open over the lower half
  const open = (/** @type {boolean} */ wanted) => {
    root.dataset.sheet = wanted ? 'open' : 'closed';
    setAttribute(sheet, 'aria-expanded', String(wanted));
  };
  sheet.addEventListener('click', () => open(root.dataset.sheet !== 'open'));
  /** A number of the network was tapped. @param {MouseEvent} event */
  function onTap(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest('[data-part=network] [data-cell]');
    if (cell && !cell.matches('[data-cell^="input"]') && matchMedia('(max-width: 819px)').matches) open(!document.activeElement?.matches('.editor')); // it would cover what is typed
  }
  /** @param {KeyboardEvent} event */
  const onEscape = (event) => event.key === 'Escape' && root.dataset.sheet === 'open' && leave();
  document.addEventListener('click', onTap);
  document.addEventListener('keydown', onEscape);
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && root.dataset.sheet !== 'open') leave();
  });
  /** Close the sheet, and give the focus back to the number that was explained. */
  function leave() {
    open(false);
    const { selected, direction } = getState();
    const cell = /** @type {HTMLElement|null} */ (document.querySelector(`[data-cell="${direction === 'backward' ? `gradient.${selected}` : selected}"]`));
    cell?.setAttribute('tabindex', '0'); // of a tile only the cell that was last focused can take the focus
    cell?.focus();
  }
  // the numbers of a grid point at where they came from
  grids.addEventListener('pointerover', (event) => {
    const from = /** @type {HTMLElement} */ (event.target).closest('[data-from]');
    dispatch({ type: 'cell/hover', cell: from?.getAttribute('data-from') ?? null });
  });
  grids.addEventListener('pointerleave', () => dispatch({ type: 'cell/hover', cell: null }));

  /** @type {{tile: import('../charts/tile.js').Tile, figure: HTMLElement, caption: HTMLElement}[]} */
  let figures = [];
  /** @param {number} count */
  function resize(count) {
    if (figures.length === count) return;
    figures = Array.from({ length: count }, (_, i) => {
      const tile = createTile({ label: `Grid ${i + 1}`, stage: `explain.grid${i}` });
      const caption = el('figcaption');
      return { tile, caption, figure: el('figure', {}, caption, tile.root) };
    });
    grids.replaceChildren(...figures.flatMap(({ figure }, i) => (i % 3 ? [el('span', { class: 'operator', 'aria-hidden': 'true' }, SIGNS[(i % 3) - 1]), figure] : [figure])));
  }

  /** @param {Explanation} e @param {State} state */
  function drawGrids(e, state) {
    const given = e.grids ?? [];
    resize(given.length);
    given.forEach((grid, i) => {
      const { tile, caption } = figures[i];
      const [rows, cols] = [grid.values.length, grid.values[0].length];
      setText(caption, `${grid.name} `);
      caption.append(el('i', { class: 'v' }, grid.symbol));
      setAttribute(tile.root, 'aria-label', grid.name);
      tile.shape({ rows, cols, name: (r, c) => `explain.grid${i}[${r}][${c}]` });
      tile.update(grid.values, {
        scale: scale(), decimals: Math.max(state.decimals, 2),
        wins: grid.winners ? (r, c) => Boolean(grid.winners?.[r][c]) : undefined,
        ghost: grid.padded ? (r, c) => Boolean(grid.padded?.[r][c]) : undefined,
      });
      grid.cells.forEach((line, r) => line.forEach((from, c) => tile.cell(r, c)?.setAttribute('data-from', from ?? '')));
    });
    setAttribute(grids, 'data-wide', String((given[0]?.values[0].length ?? 0) > 5));
  }

  /** @param {Explanation} e */
  function drawLedger({ steps, decimals }) {
    ledger.replaceChildren(
      ...steps.map(({ name, value, result }) =>
        el(
          'div', { class: `step${result ? ' result' : ''}` },
          el('dt', {}, name),
          el('dd', value === null ? {} : { title: formatExact(value) }, value === null ? '–' : formatNumber(value, Math.max(3, decimals))),
        ),
      ),
    );
  }

  /** @param {string|null} cell @param {string} symbol */
  function named(cell, symbol) {
    const { index } = cell ? parseAddress(cell) : { index: [] };
    const last = index.slice(-2).map(String);
    return last.length ? sub(symbol, row(...last.flatMap((n, k) => (k ? [',', n] : [n])))) : symbol;
  }

  /** @param {Explanation} e */
  function drawTerms(e) {
    const { terms: all, value, cell } = e;
    const products = all.filter((t) => t.rule === null && (t.value !== 0 || all.length <= 9)).slice(0, SHOWN_TERMS);
    const { index, stage, backward } = parseAddress(cell);
    const symbol = SYMBOLS[stage] ?? stage;
    const name = display(backward ? row('∂L', '/', '∂') : row(), sub(symbol, row(...index.slice(-2).flatMap((n, k) => (k ? [',', String(n)] : [String(n)])))));
    if (products.length > 0 && products.length === all.filter((t) => t.value !== 0 || all.length <= 9).length) {
      formula.replaceChildren(
        ...workedLines({
          name, value,
          terms: products.map((t) => ({ value: t.value, padded: t.padded, factors: t.factors.map((f) => ({ symbol: named(f.cell, f.symbol), value: f.value })) })),
        }),
      );
    } else formula.replaceChildren();
    terms.replaceChildren(
      ...all.map((t, i) =>
        el(
          'li', { class: t.padded ? 'ghost' : undefined, dataset: { cell: `explain.term[${i}]`, value: String(t.value) } },
          el('span', { class: 'factors' }, t.rule ? `${t.rule}: ` : '', t.factors.map((f) => `${f.symbol} ${formatNumber(f.value, 4)}`).join(' × ')),
          el('span', {}, formatNumber(t.value, 4)),
        ),
      ),
    );
    setText(part('terms-title'), `${all.length === 1 ? 'One term' : `All ${all.length} terms`}, adding up to ${formatExact(value)}`);
  }

  /** @param {Explanation} e */
  function drawExtra({ check, update }) {
    /** @type {Node[]} */
    const lines = [];
    if (check) {
      lines.push(
        el('p', { class: 'nudge' }, `Nudged by ±${check.epsilon}, the loss has the slope ${formatNumber(check.numeric, 4)}. `,
          el('span', { class: `badge ${check.verdict}` }, check.verdict === 'agrees' ? icon('check') : null, BADGES[check.verdict])),
        el('p', { class: 'verdict' }, check.sentence),
      );
    }
    if (update) {
      lines.push(el('p', { class: 'update' }, `${update.frozen ? 'Frozen; otherwise a' : 'A'} step of plain SGD: ${formatNumber(update.old, 4)} − ${update.learning_rate} × ${formatNumber(update.gradient, 4)} = `, el('b', {}, formatNumber(update.new, 4))));
    }
    extra.replaceChildren(...lines);
  }

  /** @type {Explanation|null} */
  let drawn = null;
  /** @type {import('../lib/colour.js').Scale|null} */
  let drawnScale = null;
  return {
    update(state) {
      const { explanation, current } = explanationOf(state);
      for (const tab of tabs) {
        const chosen = tab.dataset.direction === state.direction;
        setAttribute(tab, 'aria-selected', String(chosen));
        setAttribute(tab, 'tabindex', chosen ? '0' : '-1');
      }
      const all = positions(state);
      player.update({ count: Math.max(1, all.length), step: Math.max(0, all.indexOf(state.selected)), ...state.player, said: explanation?.sentence });
      setAttribute(root, 'data-awaited', current ? null : 'true');
      setAttribute(root, 'data-cell-explained', current ? explainedCell(state) : null);
      if (!explanation || (explanation === drawn && drawnScale === scale())) return;
      drawn = explanation;
      drawnScale = scale();
      setText(summary, explanation.summary);
      if (state.training.status !== 'running' && !state.player.playing) setText(spoken, explanation.sentence);
      setAttribute(part('value'), 'data-value', String(explanation.value));
      setText(part('value'), formatNumber(explanation.value, 3));
      drawGrids(explanation, state);
      drawLedger(explanation);
      drawTerms(explanation);
      drawExtra(explanation);
      root.removeAttribute('data-blank');
    },
    destroy() {
      player.destroy();
      document.removeEventListener('click', onTap);
      document.removeEventListener('keydown', onEscape);
    },
  };
}

const BADGES = { agrees: 'Gradient checked', tie: 'Tie: the slope has two values', unclear: 'Too steep or flat to measure' };
/** @type {Record<string, string>} */
const SYMBOLS = {
  input: 'x', 'conv.weight': 'k', 'conv.bias': 'b', conv: 'z', relu: 'a', pool: 'm', flatten: 'f', 'dense.weight': 'W', 'dense.bias': 'c', logits: 'o', probabilities: 'p',
};
