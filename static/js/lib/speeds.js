// @ts-check
/** Epochs a second of each speed of training; full shows whatever has arrived. @type {Record<string, number>} */
export const SPEEDS = { slow: 1, steady: 6, fast: 30, full: Infinity };
