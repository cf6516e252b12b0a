// @ts-check
/** The API docs: starts Swagger UI on the page's own description, and keeps it in the page's theme. */
import { applyTheme, savedTheme } from './lib/theme.js';
import { createTheme } from './views/theme.js';

const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');

/** @typedef {'system'|'light'|'dark'} Theme */

let theme = savedTheme();
const button = /** @type {HTMLElement} */ (document.querySelector('[data-part="theme"]'));
const themeView = createTheme(button, {
  dispatch: (action) => {
    theme = /** @type {{theme: Theme}} */ (/** @type {unknown} */ (action)).theme;
    applyTheme(theme);
    showTheme();
  },
});

function showTheme() {
  root.classList.toggle('dark-mode', theme === 'dark' || (theme === 'system' && dark.matches));
  themeView.update(/** @type {import('./lib/types.js').State} */ ({ theme }));
}

dark.addEventListener('change', showTheme);
showTheme();

const place = /** @type {HTMLElement} */ (document.getElementById('swagger-ui'));
const { SwaggerUIBundle } = /** @type {{SwaggerUIBundle: any}} */ (/** @type {unknown} */ (window));
SwaggerUIBundle({
  domNode: place,
  url: new URL(place.dataset.openapi ?? 'openapi.json', document.baseURI).href,
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // No other host is asked to judge the description.
  validatorUrl: null,
  syntaxHighlight: { activated: true, theme: 'agate' },
  onComplete: () => {
    root.dataset.settled = 'true';
  },
});
