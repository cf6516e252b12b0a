// @ts-check
/** A matrix as colours alone, one pixel a number; the stylesheet makes the pixels large. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} matrix
 * @param {(value: number) => import('../lib/colour.js').Paint} paint
 */
export function drawHeat(canvas, matrix, paint) {
  const [rows, cols] = [matrix.length, matrix[0].length];
  canvas.width = cols;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) return;
  matrix.forEach((line, r) =>
    line.forEach((value, c) => {
      context.fillStyle = paint(value).background;
      context.fillRect(c, r, 1, 1);
    }),
  );
}
