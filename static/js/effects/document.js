// @ts-check
/** The document's own flags: theme and settled. */
import { isSettled } from '../state.js';
import { applyTheme, savedTheme } from '../lib/theme.js';

/** @typedef {import('../lib/types.js').State} State */

const GENTLE = ['slow', 'steady']; // speeds at which colours have time to glide from epoch to epoch
const PATIENCE = 400; // ms without a reply after which the numbers are drawn as awaited

export function createDocumentEffect() {
  const root = document.documentElement;
  let theme = savedTheme();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let waiting;
  return {
    /** @param {State} state */
    update(state) {
      const settled = String(isSettled(state));
      if (root.dataset.settled !== settled) root.dataset.settled = settled;
      if (settled === 'true') {
        clearTimeout(waiting);
        waiting = undefined;
        delete root.dataset.waiting;
      } else waiting ??= setTimeout(() => (root.dataset.waiting = 'true'), PATIENCE);
      const gentle = state.training.status === 'running' && GENTLE.includes(state.plan.speed);
      if (gentle !== (root.dataset.pace === 'gentle')) {
        if (gentle) root.dataset.pace = 'gentle';
        else delete root.dataset.pace;
      }
      if (state.theme === theme) return;
      theme = state.theme;
      applyTheme(theme);
    },
  };
}
