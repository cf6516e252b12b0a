// @ts-check
/** What this browser keeps. Storage may be forbidden (private windows, embedding) or full: then nothing is kept, and nothing breaks. */

/** @param {string} key @returns {string|null} */
export function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} text @returns {boolean} whether it was kept */
export function write(key, text) {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key */
export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // nothing was kept either
  }
}
