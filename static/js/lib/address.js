// @ts-check
/**
 * Addresses of numbers: `conv[0][1][2]`, `dense.weight[3][8]`, `gradient.conv[0][0][0]`.
 * They are the `data-cell` of the page's public interface (docs/page-interface.md).
 */

/** @typedef {{backward: boolean, stage: string, index: number[]}} Address */

/**
 * @param {string} stage
 * @param {...number} index
 */
export const address = (stage, ...index) => stage + index.map((i) => `[${i}]`).join('');

/**
 * @param {string} text
 * @returns {Address}
 */
export function parseAddress(text) {
  const backward = text.startsWith('gradient.');
  const plain = backward ? text.slice('gradient.'.length) : text;
  const at = plain.indexOf('[');
  return {
    backward,
    stage: at < 0 ? plain : plain.slice(0, at),
    index: at < 0 ? [] : plain.slice(at + 1, -1).split('][').map(Number),
  };
}
