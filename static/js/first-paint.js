// @ts-check
/** Runs before the first paint, so that a chosen theme never flashes into the other. A classic script on purpose. */
try {
  const theme = localStorage.getItem('fivebyfive.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // storage may be forbidden: the system's theme it is
}
