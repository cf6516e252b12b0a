// @ts-check
/**
 * The shapes that travel between the API, the state and the views. Types only: nothing runs here.
 *
 * @typedef {number[][]} Matrix
 * @typedef {number[][][]} Maps              one matrix per channel
 * @typedef {{id: string, name: string, family: string, about: string, matrix: Matrix, divisor: number}} Kernel
 * @typedef {{type: string, name?: string, [option: string]: any}} LayerSpec
 * @typedef {{input_shape: number[], layers: LayerSpec[]}} NetworkSpec
 * @typedef {Record<string, Record<string, any>>} Parameters
 * @typedef {{name: string, type: string, output: any, winners?: boolean[][][]}} LayerTrace
 * @typedef {{layers: LayerTrace[], logits: number[], probabilities: number[], predicted: number}} Trace
 * @typedef {{title: string, detail: string, status: number}} Problem
 *
 * What the person made; the unit of undo.
 * @typedef {{image: Matrix, network: NetworkSpec, parameters: Parameters, presets: (string|null)[]}} Work
 *
 * A trace together with the work it belongs to, so that no view mixes two of them.
 * @typedef {{work: Work, trace: Trace}} Shown
 *
 * @typedef {'ok'|'unreachable'} ServerStatus
 * @typedef {{kernels: Kernel[], digits: Matrix[], limits: {filters: number}}} Catalogue
 *
 * @typedef {object} State
 * @property {Work} work
 * @property {number} revision           counts every change of the work
 * @property {Shown|null} shown          the newest trace that arrived
 * @property {number} shownRevision      the revision it belongs to
 * @property {Work[]} past
 * @property {Work[]} future
 * @property {number} focus              the filter whose numbers are drawn large
 * @property {string|null} hover         address of the cell pointed at
 * @property {string} selected           address of the cell whose origin is drawn
 * @property {number} decimals
 * @property {'system'|'light'|'dark'} theme
 * @property {{status: ServerStatus, retryAt: number}} server
 * @property {Problem|null} problem
 * @property {number} seed               of layers that a change of shape starts anew
 * @property {string} said               what the live region says
 * @property {Catalogue} catalogue
 *
 * A product of a sum, as POST /convolve explains it, and the reply.
 * @typedef {{input_index: number[], kernel_index: number[], input: number, kernel: number, product: number, padded: boolean}} Term
 * @typedef {{output: any, output_size: number[], index: number[][], padded: any, span: number[], never_covered: number[][], same_padding: number[][], terms: Term[][]}} Convolution
 * @typedef {{input_size: number, padded_size: number, output_size: number, span: number, left_over: number, starts: number[], never_covered: number[], same_padding: number[], receptive_field: number, receptive_step: number}} LayerSize
 * @typedef {{sizes: number[], layers: LayerSize[]}} OutputSizes
 *
 * @typedef {{type: string, [key: string]: any}} Action
 * @typedef {(action: Action) => void} Dispatch
 * @typedef {{update: (state: State) => void, destroy: () => void}} View
 */
export {};
