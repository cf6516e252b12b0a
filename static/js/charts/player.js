// @ts-check
/**
 * Slides a window over its positions: previous, play or pause, next, a slider to drag, a speed.
 * It shows what update() says and asks for changes by callbacks; who has the state decides. It owns only the clock.
 */
import { el, icon, setAttribute, setEnabled, setText } from '../lib/dom.js';

const STEP_TIME = 900; // ms from one position to the next at speed 1
const SLIDE_TIME = 600; // of which the window moves
const HAND_TIME = 160; // the slide after a step by hand
export const SPEEDS = [0.5, 1, 2, 4, 8];

/** How long the window takes to slide one step. @param {{playing: boolean, speed: number}} player */
export const slideTime = ({ playing, speed }) => (playing ? SLIDE_TIME / speed : HAND_TIME);

/**
 * @typedef {object} PlayerView
 * @property {number} count   positions
 * @property {number} step    the present one
 * @property {boolean} playing
 * @property {number} speed
 * @property {string} [said]  what the present position gives, for the ear: "C[0] is −2"
 */

/**
 * @param {HTMLElement} root
 * @param {object} options
 * @param {string} options.label
 * @param {(step: number, byHand: boolean) => void} options.onStep
 * @param {(playing: boolean) => void} options.onPlay
 * @param {(speed: number) => void} options.onSpeed
 */
export function createPlayer(root, { label, onStep, onPlay, onSpeed }) {
  /** @type {PlayerView} */
  let shown = { count: 1, step: 0, playing: false, speed: 1 };
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let clock;
  let pace = 0;

  /** @param {number} step */
  const go = (step) => {
    const inside = Math.min(shown.count - 1, Math.max(0, step));
    if (inside !== shown.step) onStep(inside, true);
  };
  /** @param {string} name @param {string} said @param {() => void} act */
  const button = (name, said, act) =>
    el('button', { type: 'button', class: 'btn icon', 'aria-label': said, title: said, onclick: act }, icon(name));
  const previous = button('previous', 'Previous', () => go(shown.step - 1));
  const play = button('play', 'Play', toggle);
  const next = button('next', 'Next', () => go(shown.step + 1));
  const slider = el('input', {
    type: 'range', min: 0, step: 1, class: 'slider', 'aria-label': `${label}: position`, oninput: () => go(Number(slider.value)),
  });
  const speed = el('select', { 'aria-label': `${label}: speed`, onchange: () => onSpeed(Number(speed.value)) }, ...SPEEDS.map((v) => el('option', { value: v }, `${v === 0.5 ? '½' : v} ×`)));
  const position = el('span', { class: 'position' });
  root.classList.add('player');
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', label);
  root.replaceChildren(position, slider, previous, play, next, el('span', { class: 'select' }, speed, icon('chevron')));

  function toggle() {
    if (!shown.playing && shown.step === shown.count - 1) onStep(0, false);
    onPlay(!shown.playing);
  }

  function tick() {
    if (shown.step + 1 < shown.count) onStep(shown.step + 1, false);
    else onPlay(false);
  }

  /** @param {number} wanted  ms; 0 stops */
  function run(wanted) {
    if (wanted === pace) return;
    pace = wanted;
    clearInterval(clock);
    if (wanted) clock = setInterval(tick, wanted);
  }

  /** Arrow keys anywhere in the player. @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.target === slider || event.target === speed || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      go(shown.step + (event.key === 'ArrowLeft' ? -1 : 1));
    }
  }
  root.addEventListener('keydown', onKey);

  return {
    /** @param {PlayerView} view */
    update(view) {
      const { count, step, playing } = view;
      const where = `Window ${step + 1} of ${count}`;
      if (playing !== shown.playing) {
        setAttribute(play, 'aria-label', playing ? 'Pause' : 'Play');
        setAttribute(play, 'title', playing ? 'Pause' : 'Play');
        play.replaceChildren(icon(playing ? 'pause' : 'play'));
      }
      shown = view;
      setText(position, where);
      setAttribute(slider, 'max', String(count - 1));
      setAttribute(slider, 'aria-valuetext', view.said ? `${where}: ${view.said}` : where);
      slider.disabled = count < 2;
      if (Number(slider.value) !== step) slider.value = String(step);
      if (Number(speed.value) !== view.speed) speed.value = String(view.speed);
      setEnabled(previous, step > 0);
      setEnabled(next, step < count - 1);
      setEnabled(play, count > 1);
      run(playing && count > 1 ? STEP_TIME / view.speed : 0);
    },
    destroy() {
      clearInterval(clock);
      root.removeEventListener('keydown', onKey);
      root.replaceChildren();
    },
  };
}
