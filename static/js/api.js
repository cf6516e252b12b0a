// @ts-check
/** Calls to the REST API. Addresses are relative to the page, so that a path prefix in front of the server works. */
import { createEventParser } from './lib/events.js';

const ROOT = 'api/v1/';
const TIMEOUT = 15_000; // ms; beyond it the server counts as unreachable
const LAST = new Set(['done', 'failed', 'paused']);
const SILENCE = 25_000; // ms without an event or heartbeat after which a stream counts as lost

/** The server could not be reached, or what answered was not the API; or it is there, but `busy` with the work of others. */
export class Unreachable extends Error {
  /** @param {string} message @param {number} [retryAfter] seconds that the server asks for @param {unknown} [cause] */
  constructor(message, retryAfter = 0, cause = undefined) {
    super(message, { cause });
    this.retryAfter = retryAfter;
    this.busy = false;
  }
}

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
 * @param {RequestInit} options
 * @param {AbortSignal} signal   given up by the page
 * @param {AbortSignal} patience given up by the clock
 */
async function ask(path, options, signal, patience) {
  let response;
  try {
    response = await fetch(ROOT + path, { ...options, signal: AbortSignal.any([signal, patience]) });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable('no answer', 0, error);
  }
  // what a proxy, an overloaded or a restarting server says: not a word about this request, so it is asked again
  if (response.status >= 500 || [404, 408, 425, 429].includes(response.status) && !(response.status === 404 && isProblem(response))) {
    const away = new Unreachable(`status ${response.status}`, Number(response.headers.get('retry-after')) || 0);
    away.busy = [429, 503].includes(response.status) && isProblem(response);
    throw away;
  }
  if (!response.ok) throw new Refused(await problemOf(response));
  return response;
}

/** @param {Response} response */
const isProblem = (response) => (response.headers.get('content-type') ?? '').startsWith('application/problem+json');

/**
 * @param {object} body
 * @param {string} accept
 */
const posted = (body, accept) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept },
  body: JSON.stringify(body),
});

/**
 * @param {Response} response
 * @param {AbortSignal} signal
 */
async function json(response, signal) {
  try {
    return await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable('the answer broke off', 0, error);
  }
}

/** @param {string} path @param {object} body @param {AbortSignal} signal @returns {Promise<any>} */
const post = async (path, body, signal) => json(await ask(path, posted(body, 'application/json'), signal, AbortSignal.timeout(TIMEOUT)), signal);

/** @param {string} path @param {AbortSignal} signal @returns {Promise<any>} */
const get = async (path, signal) => json(await ask(path, { headers: { accept: 'application/json' } }, signal, AbortSignal.timeout(TIMEOUT)), signal);

/**
 * @param {Response} response
 * @returns {Promise<import('./lib/types.js').Problem>}
 */
async function problemOf(response) {
  try {
    const { title, detail, status, errors } = await response.json();
    const where = errors?.[0]?.field ? `${errors[0].field}: ${errors[0].message}` : detail;
    return { title, detail: where ?? title, status };
  } catch {
    return { title: 'Refused', detail: `The server answered with status ${response.status}.`, status: response.status };
  }
}

/**
 * @param {{network: object, parameters: object, seed?: number, image: number[][]}} body
 * @param {AbortSignal} signal
 * @returns {Promise<{traces: import('./lib/types.js').Trace[], parameters?: import('./lib/types.js').Parameters}>}
 */
export async function forward(body, signal) {
  const reply = await post('forward', body, signal);
  if (!Array.isArray(reply?.traces) || !reply.traces.length) throw new Unreachable('what answered is not the API');
  return reply;
}

/** @param {object} body @param {AbortSignal} signal @returns {Promise<import('./lib/types.js').Gradient>} */
export const backward = (body, signal) => post('backward', body, signal);

/** @param {object} body @param {AbortSignal} signal @returns {Promise<{explanations: import('./lib/types.js').Explanation[]}>} */
export const explain = (body, signal) => post('explain', body, signal);

/** @param {object} body @param {AbortSignal} signal @returns {Promise<{traces: import('./lib/types.js').Trace[]}>} */
export const replay = (body, signal) => post('replay', body, signal);

/** @param {object} body @param {AbortSignal} signal @returns {Promise<any>} */
export const evaluate = (body, signal) => post('evaluate', body, signal);

/** @param {string} id @param {AbortSignal} signal */
export const experiment = (id, signal) => get(`experiments/${encodeURIComponent(id)}`, signal);

/**
 * @param {string} id
 * @param {string} query
 * @param {AbortSignal} signal
 */
export const dataset = (id, query, signal) => get(`datasets/${encodeURIComponent(id)}?${query}`, signal);

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

/**
 * Train, and hear of every epoch as it ends. Ends with the event `done`, `failed` or `paused`; a stream that breaks off before is an error.
 * @param {object} body
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{event: string, data: any}>}
 */
export async function* train(body, signal) {
  const lost = new AbortController();
  let timer = setTimeout(() => lost.abort(), SILENCE);
  const response = await ask('train', posted(body, 'text/event-stream'), signal, lost.signal);
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const text = new TextDecoder();
  const parser = createEventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) throw new Unreachable('the stream broke off');
      timer = setTimeout(() => lost.abort(), SILENCE);
      for (const { event, data } of parser.push(text.decode(value, { stream: true }))) {
        yield { event, data: JSON.parse(data) };
        if (LAST.has(event)) return;
      }
    }
  } catch (error) {
    if (signal.aborted || error instanceof Unreachable) throw error;
    throw new Unreachable('the stream broke off', 0, error);
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}
