// @ts-check
/** A press or a drag over a tile, as places between its cells; a finger may still scroll the page up and down. */

/**
 * @param {HTMLElement} area   what is pressed
 * @param {import('./tile.js').Tile} tile   whose cells count
 * @param {(row: number, col: number) => void} onPlace  fractions of cells: 1.5 is the middle of cell 1
 */
export function listenForDrag(area, tile, onPlace) {
  let pointer = -1;
  /** @param {PointerEvent} event */
  function place({ clientX, clientY }) {
    const first = tile.cell(0, 0)?.getBoundingClientRect();
    if (!first) return;
    onPlace((clientY - first.top) / (first.height + 1), (clientX - first.left) / (first.width + 1));
  }
  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || pointer >= 0 || event.target instanceof HTMLInputElement) return;
    pointer = event.pointerId;
    place(event);
  });
  area.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    // captured only once it moves, so that a click stays a click on its cell
    if (!area.hasPointerCapture(pointer)) area.setPointerCapture(pointer);
    place(event);
  });
  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture'])) {
    area.addEventListener(end, () => {
      pointer = -1;
    });
  }
}
