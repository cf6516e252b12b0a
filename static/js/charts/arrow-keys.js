// @ts-check
/** Arrow keys, Home and End inside one tile. */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {import('./tile.js').Tile} tile
 * @param {(r: number, c: number, event: KeyboardEvent) => void} [onOther]  another key on a cell
 */
export function listenForArrows(tile, onOther) {
  tile.root.addEventListener('keydown', (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    if (!cell.classList.contains('cell') || event.ctrlKey || event.metaKey || event.altKey) return;
    const [r, c] = tile.placeOf(cell);
    const [dr, dc] = ARROWS[event.key] ?? [0, 0];
    const next = dr || dc ? tile.cell(r + dr, c + dc) : undefined;
    if (dr || dc) event.preventDefault();
    if (next) {
      next.setAttribute('tabindex', '0');
      next.focus();
    } else if (!(event.key in ARROWS)) onOther?.(r, c, event);
  });
}
