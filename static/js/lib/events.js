// @ts-check
/** Server-sent events from a fetched body: EventSource can only GET (WHATWG HTML, section 9.2.6). */

/** @typedef {{event: string, data: string, id: string}} ServerEvent */

/** Collects text and gives the events that are complete. */
export function createEventParser() {
  let rest = '';
  return {
    /**
     * @param {string} text
     * @returns {ServerEvent[]}
     */
    push(text) {
      const blocks = (rest + text).replaceAll('\r\n', '\n').split('\n\n');
      rest = /** @type {string} */ (blocks.pop());
      return blocks.map(parse).filter((event) => event.data !== '');
    },
  };
}

/** @param {string} block @returns {ServerEvent} */
function parse(block) {
  const found = { event: 'message', data: '', id: '' };
  const data = [];
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at === 0 || line === '') continue; // a comment keeps the line open
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event' || field === 'id') found[field] = value;
  }
  found.data = data.join('\n');
  return found;
}
