// @ts-check
/** What is chosen beside the two-dimensional figure: picture, kernel, sizes, padding, stride, dilation, convention. */
import { el, find, setAttribute } from '../lib/dom.js';
import { createStepper } from './controls.js';

const CUSTOM = 'custom';

/**
 * @param {HTMLElement} root
 * @param {Pick<import('./types.js').Context, 'dispatch'|'getState'>} context
 */
export function createPlaneControls(root, { dispatch, getState }) {
  const change = (/** @type {object} */ part) => dispatch({ type: 'part/change', part: 'plane', change: part });

  /** Two numbers an axis, a stepper each. @param {'stride'|'dilation'} name */
  const perAxis = (name) =>
    ['vertical', 'horizontal'].map((axis, at) =>
      createStepper(find(root, `[data-field=${name}-${axis}]`), (value) => {
        const { [name]: old } = getState().parts.plane.work;
        change({ [name]: old.map((v, k) => (k === at ? value : v)) });
      }),
    );
  const steppers = { stride: perAxis('stride'), dilation: perAxis('dilation') };
  const padding = [['top', 'bottom'], ['left', 'right']].map((sides, axis) =>
    sides.map((name, side) =>
      createStepper(find(root, `[data-field=${name}]`), (value) => {
        const old = getState().parts.plane.work.padding;
        change({ padding: old.map((pair, a) => pair.map((v, s) => (a === axis && s === side ? value : v))) });
      }),
    ),
  );
  const sizes = /** @type {const} */ (['image', 'kernel']).map((of) =>
    ['rows', 'cols'].map((name) =>
      createStepper(find(root, `[data-field=${of}-${name}]`), (value) => {
        const { [of]: matrix } = getState().parts.plane.work;
        const size = { rows: matrix.length, cols: matrix[0].length, [name]: value };
        dispatch({ type: 'plane/resize', of, rows: size.rows, cols: size.cols });
      }),
    ),
  );
  find(root, '[data-do=same]').addEventListener('click', () => change({ padding: getState().parts.plane.shown.reply.same_padding }));
  const conventions = /** @type {HTMLButtonElement[]} */ (Array.from(root.querySelectorAll('button[data-convention-2d]')));
  for (const button of conventions) button.addEventListener('click', () => change({ convention: button.value }));

  const { kernels, pictures } = getState().catalogue;
  const selects = {
    image: chooser('image', pictures.map(({ name, image }) => ({ name, matrix: image }))),
    kernel: chooser('kernel', kernels.map(({ name, matrix }) => ({ name, matrix }))),
  };

  /** @param {'image'|'kernel'} of @param {{name: string, matrix: number[][]}[]} choices */
  function chooser(of, choices) {
    const select = /** @type {HTMLSelectElement} */ (find(root, `select[data-field=${of}]`));
    select.replaceChildren(...choices.map(({ name }, k) => el('option', { value: k }, name)), el('option', { value: CUSTOM }, 'Custom'));
    select.addEventListener('change', () => select.value !== CUSTOM && change({ [of]: choices[Number(select.value)].matrix }));
    const keys = choices.map(({ matrix }) => JSON.stringify(matrix));
    return (/** @type {number[][]} */ matrix) => {
      const at = keys.indexOf(JSON.stringify(matrix));
      const value = at < 0 ? CUSTOM : String(at);
      if (select.value !== value) select.value = value;
    };
  }

  return {
    /** @param {import('./types.js').PlaneWork} work */
    update(work) {
      work.padding.forEach((sides, axis) => sides.forEach((zeros, side) => padding[axis][side].update(zeros)));
      for (const name of /** @type {const} */ (['stride', 'dilation'])) work[name].forEach((value, axis) => steppers[name][axis].update(value));
      [work.image, work.kernel].forEach((matrix, of) => [matrix.length, matrix[0].length].forEach((size, axis) => sizes[of][axis].update(size)));
      selects.image(work.image);
      selects.kernel(work.kernel);
      for (const button of conventions) setAttribute(button, 'aria-pressed', String(button.value === work.convention));
    },
  };
}
