// @ts-check
/** Elements without markup strings: text is always a text node, so nothing typed can become HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Make an element. `on*` functions listen, `dataset` and `aria-*` go where they belong, the rest are attributes.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|number|null|undefined)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  return /** @type {any} */ (fill(document.createElement(tag), attributes, children));
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return /** @type {SVGElement} */ (fill(document.createElementNS(SVG, tag), attributes, children));
}

/**
 * @param {Element} element
 * @param {Record<string, any>} attributes
 * @param {(Node|string|number|null|undefined)[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'dataset') Object.assign(/** @type {HTMLElement} */ (element).dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(typeof child === 'object' ? child : String(child));
  }
  return element;
}

/**
 * An icon from the page's symbol sheet.
 * @param {string} name
 * @param {string} [extra]
 */
export const icon = (name, extra = '') =>
  svg('svg', { class: `i ${extra}`.trim(), 'aria-hidden': 'true' }, svg('use', { href: `#icon-${name}` }));

/**
 * Set text only when it differs: a text node that stays is a layout that stays.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set or drop an attribute only when it differs.
 * @param {Element} element
 * @param {string} name
 * @param {string|null} value
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Whether a button does something now. One that does not keeps the focus, which a disabled one would lose; its clicks do nothing (main.js, or its own view).
 * @param {Element} button
 * @param {boolean} on
 */
export const setEnabled = (button, on) => setAttribute(button, 'aria-disabled', on ? null : 'true');

/**
 * The one element below root that matches, or an error that says which is missing.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`the page has no element ${selector}`);
  return /** @type {HTMLElement} */ (element);
}
