// @ts-check
/**
 * One diverging scale for every tensor and every epoch: orange below zero, blue above, symmetric, fixed at ±RANGE,
 * square-root spaced so that small numbers are still told apart. The stops are tokens of the stylesheet.
 */

export const RANGE = 5;
const STEPS = 64; // colours a sign: finer than an eye tells apart, few enough to keep

/** @typedef {[number, number, number]} Rgb */
/** @typedef {{background: string, ink: string}} Paint */

/**
 * @param {string} hex `#rrggbb`
 * @returns {Rgb}
 */
const rgb = (hex) => /** @type {Rgb} */ ([1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/**
 * @param {Rgb} from
 * @param {Rgb} to
 * @param {number} t
 * @returns {Rgb}
 */
const mix = (from, to, t) => /** @type {Rgb} */ (from.map((v, i) => Math.round(v + (to[i] - v) * t)));

/** @param {Rgb} colour relative luminance, WCAG 2.2 */
function luminance(colour) {
  const [r, g, b] = colour.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * @param {Rgb} a
 * @param {Rgb} b
 */
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/**
 * Where a number stands on the scale, from −1 to 1.
 * @param {number} value
 */
export const position = (value) => Math.sign(value) * Math.sqrt(Math.min(1, Math.abs(value) / RANGE));

/**
 * The scale in the present theme.
 * @param {(token: string) => string} token reads a CSS custom property
 */
export function createScale(token) {
  const stops = (/** @type {string} */ sign) =>
    ['zero', ...[1, 2, 3, 4].map((n) => `${sign}-${n}`)].map((name) => rgb(token(`--${name}`)));
  const signs = { neg: stops('neg'), pos: stops('pos') };
  const [dark, light, on, off] = ['--cell-ink', '--cell-paper', '--pixel-on', '--pixel-off'].map((n) => rgb(token(n)));

  /** @param {Rgb} background @returns {Paint} */
  const paint = (background) => ({
    background: `rgb(${background.join(' ')})`,
    ink: `rgb(${(contrast(background, dark) >= contrast(background, light) ? dark : light).join(' ')})`,
  });
  /** @param {number} t from −1 to 1 */
  const at = (t) => {
    const ramp = t < 0 ? signs.neg : signs.pos;
    const place = Math.abs(t) * 4;
    const stop = Math.min(3, Math.floor(place));
    return paint(mix(ramp[stop], ramp[stop + 1], place - stop));
  };
  const table = Array.from({ length: 2 * STEPS + 1 }, (_, i) => at((i - STEPS) / STEPS));
  const greys = Array.from({ length: 17 }, (_, i) => paint(mix(off, on, i / 16)));
  return {
    /** @param {number} value @returns {Paint} */
    signed: (value) => table[Math.round(position(value) * STEPS) + STEPS],
    /** @param {number} value from 0 to 1 @returns {Paint} */
    pixel: (value) => greys[Math.round(Math.min(1, Math.max(0, value)) * 16)],
  };
}

/** @typedef {ReturnType<typeof createScale>} Scale */

/**
 * The scale of the page as it is drawn now; read again when the theme changes.
 * @returns {Scale}
 */
export function readScale() {
  const style = getComputedStyle(document.documentElement);
  return createScale((name) => style.getPropertyValue(name).trim());
}
