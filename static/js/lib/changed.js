// @ts-check
/** A view hears of every change of the state; what it draws of a few parts of it, it draws again only when one of those differs. */

/** @returns {(...values: unknown[]) => boolean} whether any value is another than at the last call */
export function createChanged() {
  /** @type {unknown[]|null} */
  let last = null;
  return (...values) => {
    const before = last;
    last = values;
    return before === null || values.some((value, i) => !Object.is(value, before[i]));
  };
}
