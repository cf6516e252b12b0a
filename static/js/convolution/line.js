// @ts-check
/** One dimension: a signal, a kernel, and the four ways of writing the indices side by side. */
import { createPlayer } from '../charts/player.js';
import { find, setAttribute, setText } from '../lib/dom.js';
import { createListField, createStepper } from './controls.js';
import { createPanel } from './panel.js';
import { CONVENTIONS, positions } from './state.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Sides} Sides */

/**
 * @param {HTMLElement} root
 * @param {import('./types.js').Context} context
 * @returns {import('./types.js').View}
 */
export function createLine(root, context) {
  const { dispatch, getState } = context;
  const change = (/** @type {object} */ part) => dispatch({ type: 'part/change', part: 'line', change: part });
  const fields = {
    signal: createListField(find(root, '[data-field=signal]'), (signal) => change({ signal })),
    kernel: createListField(find(root, '[data-field=kernel]'), (kernel) => change({ kernel })),
  };
  const steppers = {
    stride: createStepper(find(root, '[data-field=stride]'), (stride) => change({ stride })),
    dilation: createStepper(find(root, '[data-field=dilation]'), (dilation) => change({ dilation })),
  };
  const problem = find(root, '[data-part=problem]');
  const panels = CONVENTIONS.map((_, c) => createPanel(find(root, `[data-convention="${c}"]`), c, context));
  const player = createPlayer(find(root, '[data-part=player]'), {
    label: 'Slide the kernel along',
    onStep: (step, byHand) => dispatch({ type: 'player/step', player: 'line', step, byHand }),
    onPlay: (playing) => dispatch({ type: 'player/play', player: 'line', playing }),
    onSpeed: (speed) => dispatch({ type: 'player/speed', player: 'line', speed }),
  });

  for (const button of /** @type {HTMLButtonElement[]} */ (Array.from(root.querySelectorAll('button[data-padding]')))) {
    button.addEventListener('click', () => change({ padding: paddings(button.dataset.padding ?? '') }));
  }

  /** As many zeros on the chosen sides as let the kernel's last number still meet the signal. @param {string} name @returns {Sides[]} */
  function paddings(name) {
    const { reply } = getState().parts.line.shown;
    const [before, after] = reply[0].same_padding[0];
    const reach = reply[0].span[0] - 1;
    /** @type {Record<string, Sides>} */
    const sides = { none: [0, 0], left: [reach, 0], right: [0, reach], both: [before, after] };
    return name === 'notebook' ? CONVENTIONS.map((_, c) => (c === 1 || c === 2 ? [reach, 0] : [0, 0])) : CONVENTIONS.map(() => sides[name]);
  }

  return {
    update(state) {
      const { work, shown, problem: refusal } = state.parts.line;
      fields.signal.update(work.signal);
      fields.kernel.update(work.kernel);
      steppers.stride.update(work.stride);
      steppers.dilation.update(work.dilation);
      setText(problem, refusal ? refusal.detail : '');
      setAttribute(root, 'data-stale', refusal ? '' : null);
      const most = (/** @type {0|1} */ side) => Math.max(...shown.work.padding.map((sides) => sides[side]));
      const columns = { low: -most(0), count: most(0) + shown.work.signal.length + most(1) };
      for (const panel of panels) panel.update(state, columns);
      const count = positions(state, 'line');
      player.update({ ...state.players.line, count });
    },
    destroy() {
      player.destroy();
    },
  };
}
