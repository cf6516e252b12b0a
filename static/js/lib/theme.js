// @ts-check
/** The theme chosen on any page: kept in the browser, shown on the document. */

const KEY = 'fivebyfive.theme';

/** @typedef {'system'|'light'|'dark'} Theme */

/** @returns {Theme} */
export function savedTheme() {
  try {
    const saved = localStorage.getItem(KEY);
    return saved === 'light' || saved === 'dark' ? saved : 'system';
  } catch {
    return 'system'; // storage may be forbidden (private windows, embedding)
  }
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the choice lives as long as the page
  }
}
