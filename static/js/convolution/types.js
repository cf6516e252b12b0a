// @ts-check
/**
 * The shapes of the convolution page. Types only: nothing runs here.
 *
 * @typedef {import('../lib/types.js').Matrix} Matrix
 * @typedef {import('../lib/types.js').Convolution} Convolution
 * @typedef {import('../lib/types.js').Problem} Problem
 * @typedef {[number, number]} Sides    before and after
 *
 * @typedef {'f(i+j)g(j)'|'f(i-j)g(j)'|'f(j)g(i-j)'|'f(j)g(i+j)'} Convention
 * @typedef {{signal: number[], kernel: number[], stride: number, dilation: number, padding: Sides[]}} LineWork
 *   one padding a convention, in the order of CONVENTIONS
 * @typedef {{image: Matrix, kernel: Matrix, convention: Convention, padding: [Sides, Sides], stride: [number, number], dilation: [number, number]}} PlaneWork
 * @typedef {{kernel_size: number, stride: number, padding: Sides, dilation: number, ceil_mode: boolean}} AxisLayer
 * @typedef {{size: number, layers: AxisLayer[]}} SizeWork
 * @typedef {{image: Matrix}} OwnWork
 */

/**
 * A work, and the newest reply together with the work that it belongs to, so that no view mixes two of them.
 * @template Work, Reply
 * @typedef {object} Part
 * @property {Work} work
 * @property {number} revision        counts every change of the work
 * @property {{work: Work, reply: Reply}} shown
 * @property {number} shownRevision   the revision it belongs to
 * @property {Problem|null} problem   why the server refused the present work
 */

/**
 * @typedef {{step: number, playing: boolean, speed: number, filling: boolean}} Player
 *   filling: outputs whose turn has not come are blank
 *
 * @typedef {{id: string, name: string, family: string, about: string, matrix: Matrix, numerators: Matrix, divisor: number, sum: number, separable: boolean, factors: {column: number[], row: number[]}|null, source: string}} Kernel
 * @typedef {{id: string, name: string, about: string, image: Matrix, responses: Record<string, Matrix>}} Pattern
 * @typedef {{name: string, image: Matrix}} Picture
 * @typedef {{responses: Record<string, Matrix>}} Responses
 *
 * @typedef {object} Parts
 * @property {Part<LineWork, Convolution[]>} line
 * @property {Part<PlaneWork, Convolution>} plane
 * @property {Part<SizeWork, import('../lib/types.js').OutputSizes>} size
 * @property {Part<OwnWork, Responses>} own
 *
 * @typedef {keyof Parts} PartName
 * @typedef {'line'|'plane'} PlayerName
 *
 * @typedef {object} State
 * @property {Parts} parts
 * @property {Record<PlayerName, Player>} players
 * @property {number} layer                               the layer of the chain that is explained
 * @property {{kernel: string, picture: string}} chosen   in the gallery; the picture is a pattern's id or OWN
 * @property {'system'|'light'|'dark'} theme
 * @property {{status: 'ok'|'unreachable', retryAt: number}} server
 * @property {string} said
 * @property {{kernels: Kernel[], patterns: Pattern[], pictures: Picture[], digits: Matrix[]}} catalogue
 *
 * @typedef {import('../lib/types.js').Dispatch} Dispatch
 * @typedef {{dispatch: Dispatch, getState: () => State, scale: () => import('../lib/colour.js').Scale}} Context
 * @typedef {{update: (state: State) => void, destroy: () => void}} View
 */
export {};
