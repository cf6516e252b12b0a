// @ts-check
/** Formulas in MathML, element by element, and sums worked out term by term. */
import { el } from '../lib/dom.js';
import { formatNumber, MINUS } from '../lib/format.js';
import { workedDecimals } from '../lib/worked.js';

const MATHML = 'http://www.w3.org/1998/Math/MathML';

/** @typedef {Node|string} Piece  a string becomes an identifier, a number or an operator, as it looks */

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...Piece} children
 */
export function mathml(tag, attributes, ...children) {
  const element = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) element.append(typeof child === 'string' ? leaf(child) : child);
  return element;
}

/** @param {string} text */
function leaf(text) {
  const tag = /^[−-]?[\d.]+$/.test(text) ? 'mn' : /^\p{L}+$/u.test(text) ? 'mi' : 'mo';
  const element = document.createElementNS(MATHML, tag);
  element.textContent = text;
  // brackets and bars keep the height of a letter, and commas and signs their usual room
  if (tag === 'mo' && /^[[\]()|⌊⌋]$/.test(text)) for (const side of ['lspace', 'rspace']) element.setAttribute(side, '0');
  if (tag === 'mo' && /^[[\]()|]$/.test(text)) element.setAttribute('stretchy', 'false');
  return element;
}

/** A formula in the line of the text. @param {...Piece} pieces */
export const math = (...pieces) => mathml('math', {}, row(...pieces));

/** A formula with its sums and fractions at full height. @param {...Piece} pieces */
export const display = (...pieces) => mathml('math', { displaystyle: 'true' }, row(...pieces));

/** @param {...Piece} pieces */
export const row = (...pieces) => mathml('mrow', {}, ...pieces);

/** @param {string} name @param {Piece} below */
export const sub = (name, below) => mathml('msub', {}, name, below);

/** @param {Piece} above @param {Piece} below */
export const fraction = (above, below) => mathml('mfrac', {}, above, below);

/** A whole number with a true minus. @param {number} value */
export const whole = (value) => (value < 0 ? MINUS : '') + Math.abs(value);

/** `f[0]`, `f[1, −2]`. @param {string} name @param {number[]} index */
export const indexed = (name, index) => row(name, '[', ...index.flatMap((i, k) => (k ? [',', whole(i)] : [whole(i)])), ']');

/**
 * @typedef {object} WorkedTerm
 * @property {{symbol: Piece, value: number}[]} factors
 * @property {number} value
 * @property {string} [cell]    address of the product
 * @property {boolean} [padded]
 *
 * @typedef {object} Worked
 * @property {Piece} name       what is worked out
 * @property {WorkedTerm[]} terms
 * @property {number} value
 * @property {string} [note]    said after the number
 */

/**
 * `C[0] = f[0]g[0] + f[1]g[1]` and below it `= 1 × 1 + 2 × 0 = 1`. Each product is a formula of its own, so that long sums wrap.
 * @param {Worked} worked
 * @returns {HTMLElement[]} the two lines
 */
export function workedLines({ name, terms, value }) {
  const { decimals, exact } = workedDecimals(terms.map((term) => term.factors.map((factor) => factor.value)), value);
  const symbols = joined(terms.map((term) => el('span', termAttributes(term), math(...term.factors.map((factor) => factor.symbol)))));
  const numbers = joined(
    terms.map((term, t) => {
      // only the very first number of the line follows no sign
      const product = term.factors.flatMap((factor, k) => (k ? ['×', signed(factor.value, decimals)] : [t ? signed(factor.value, decimals) : formatNumber(factor.value, decimals)]));
      return el('span', { class: term.padded ? 'term ghost' : 'term' }, math(...product));
    }),
  );
  const result = el('b', {}, math(formatNumber(value, decimals)));
  return [
    el('span', { class: 'worked symbols' }, math(name), ' = ', ...symbols),
    el('span', { class: 'worked numbers' }, '= ', ...numbers, exact ? ' = ' : ' ≈ ', result),
  ];
}

/**
 * The same as a sentence: "C[0] is −2: 1 × 1 + 2 × 0 + 3 × −1".
 * @param {string} name
 * @param {number[][]} terms  the factors of each product
 * @param {number} value
 */
export function workedSentence(name, terms, value) {
  const { decimals, exact } = workedDecimals(terms, value);
  const products = terms.map((factors) => factors.map((factor) => formatNumber(factor, decimals)).join(' × '));
  return `${name} is ${exact ? '' : 'about '}${formatNumber(value, decimals)}: ${products.join(' + ')}`;
}

/** @param {WorkedTerm} term */
const termAttributes = (term) => ({
  class: term.padded ? 'term ghost' : 'term',
  dataset: term.cell === undefined ? {} : { cell: term.cell, value: String(term.value) },
});

/** @param {Node[]} nodes @returns {(Node|string)[]} */
const joined = (nodes) => nodes.flatMap((node, k) => (k ? [' + ', node] : [node]));

/** A factor after a sign: brackets keep two signs apart. @param {number} value @param {number} decimals */
const signed = (value, decimals) => (value < 0 ? row('(', formatNumber(value, decimals), ')') : formatNumber(value, decimals));
