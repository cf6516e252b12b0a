// @ts-check
/** The compact row of choices about the network: kernel size, padding, stride, activation, pooling, decimals. */
import { settingsOf } from '../lib/network.js';
import { setAttribute } from '../lib/dom.js';

/**
 * The template declares each choice as `<… data-setting="padding">` with buttons or options that carry the values.
 * @param {HTMLElement} root
 * @param {{dispatch: import('../lib/types.js').Dispatch, getState: () => import('../lib/types.js').State}} context
 * @returns {import('../lib/types.js').View}
 */
export function createSettings(root, { dispatch, getState }) {
  /** @type {HTMLButtonElement[]} */
  const buttons = Array.from(root.querySelectorAll('button[data-setting]'));
  /** @type {HTMLSelectElement[]} */
  const selects = Array.from(root.querySelectorAll('select[data-setting]'));

  /** @param {string} name @param {string} text */
  function choose(name, text) {
    const value = /^\d+$/.test(text) ? Number(text) : text;
    const settings = settingsOf(getState().work.network);
    if (/** @type {any} */ (settings)[name] !== value) dispatch({ type: 'network/settings', settings: { ...settings, [name]: value } });
  }

  for (const button of buttons) {
    button.addEventListener('click', () => choose(button.dataset.setting ?? '', button.value));
  }
  for (const select of selects) {
    select.addEventListener('change', () => choose(select.dataset.setting ?? '', select.value));
  }
  return {
    update(state) {

      /** @type {any} */
      const settings = settingsOf(state.work.network);
      for (const button of buttons) {
        setAttribute(button, 'aria-pressed', String(String(settings[button.dataset.setting ?? '']) === button.value));
      }
      for (const select of selects) {
        const value = String(settings[select.dataset.setting ?? '']);
        if (select.value !== value) select.value = value;
      }
    },
    destroy() {},
  };
}
