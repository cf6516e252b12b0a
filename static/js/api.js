// @ts-check
/** Calls to the REST API. Addresses are relative to the page, so that a path prefix in front of the server works. */

const ROOT = 'api/v1/';
const TIMEOUT = 15_000; // ms; beyond it the server counts as unreachable

/** The server could not be reached, or what answered was not the API. */
export class Unreachable extends Error {}

/** The server refused the request; `problem` says why (RFC 9457). */
export class Refused extends Error {
  /** @param {import('./lib/types.js').Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
async function post(path, body, signal) {
  let response;
  try {
    response = await fetch(ROOT + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable('no answer', { cause: error });
  }
  if (response.status >= 500) throw new Unreachable(`status ${response.status}`);
  if (!response.ok) throw new Refused(await problemOf(response));
  return response.json();
}

/**
 * @param {Response} response
 * @returns {Promise<import('./lib/types.js').Problem>}
 */
async function problemOf(response) {
  try {
    const { title, detail, status } = await response.json();
    return { title, detail, status };
  } catch {
    return { title: 'Refused', detail: `The server answered with status ${response.status}.`, status: response.status };
  }
}

/**
 * @param {{network: object, parameters: object, seed?: number, image: number[][]}} body
 * @param {AbortSignal} signal
 * @returns {Promise<{traces: import('./lib/types.js').Trace[], parameters?: import('./lib/types.js').Parameters}>}
 */
export const forward = (body, signal) => post('forward', body, signal);

/**
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {Promise<import('./lib/types.js').Convolution>}
 */
export const convolve = (body, signal) => post('convolve', body, signal);

/**
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {Promise<import('./lib/types.js').OutputSizes>}
 */
export const outputSize = (body, signal) => post('output-size', body, signal);

/**
 * @param {{image: number[][]}} body
 * @param {AbortSignal} signal
 * @returns {Promise<{responses: Record<string, number[][]>}>}
 */
export const responses = (body, signal) => post('responses', body, signal);
