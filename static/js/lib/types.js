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
 *
 * What went wrong with a request. Status 0: no answer came. Of the work: the drawing or the network is refused, so a step back helps.
 * @typedef {{title: string, detail: string, status: number, ofWork?: boolean}} Problem
 *
 * @typedef {{image: Matrix, label: number}} Example
 * @typedef {{dataset: string, split: string, limit: number}} DatasetReference
 *
 * Examples to learn from or to be tested with. A reference says which of a data set they are, as long as nobody changed them;
 * of a data set too large to travel, `examples` are only the first, for the eye.
 * @typedef {{name: string, examples: Example[], reference: DatasetReference|null}} ExampleSet
 *
 * One epoch of a run; epoch 0 is the start, before any learning.
 * @typedef {object} EpochRecord
 * @property {number} epoch
 * @property {number|null} loss
 * @property {number|null} accuracy
 * @property {number|null} testLoss
 * @property {number|null} testAccuracy
 * @property {Parameters} parameters
 * @property {{rule: string, memory: object}|null} optimizerState   what that rule of learning remembers; no other may have it
 * @property {Trace|null} trace          of `traceImage` through these parameters
 * @property {Matrix|null} traceImage
 *
 * What the person made; the unit of undo. `parameters` are those of the epoch `at`.
 * @typedef {object} Work
 * @property {Matrix} image
 * @property {NetworkSpec} network
 * @property {Parameters} parameters
 * @property {(string|null)[]} presets
 * @property {EpochRecord[]} run        from epoch 0 on
 * @property {number} at                index in `run` of the epoch that is shown
 * @property {string} [tieBreak]   how a shared maximum is counted, kept while the pooling is an average
 * @property {Record<number, {weight: any, presets: (string|null)[]}>} shelf   kernels of other sizes, for the way back
 *
 * A step to undo; with the label that was there before, if the step brought another.
 * @typedef {Partial<Work> & {label?: number}} Step
 *
 * A trace together with the work it belongs to, so that no view mixes two of them.
 * @typedef {{work: Work, trace: Trace}} Shown
 *
 * @typedef {{type: string, learning_rate: number, [option: string]: any}} OptimizerSpec
 * @typedef {{optimizer: OptimizerSpec, epochs: number, batchSize: number, shuffle: boolean, seed: number, speed: string}} Plan
 * @typedef {{status: 'idle'|'running'|'failed', id: number, until: number, failure: TrainingFailure|null}} Training
 * @typedef {{epoch: number|null, detail: string, diverged: boolean}} TrainingFailure
 * @typedef {{loss: (number|null)[], accuracy: (number|null)[]}} Curve
 *
 * The examples under the parameters that are shown.
 * @typedef {object} Evaluation
 * @property {Parameters} parameters
 * @property {Example[]} examples
 * @property {number[]} predictions
 * @property {number[]} label_probabilities
 * @property {number} accuracy
 * @property {number} loss
 * @property {number[][]} confusion
 *
 * @typedef {{cell: string|null, value: number, symbol: string}} Factor
 * @typedef {{value: number, factors: Factor[], padded: boolean, rule: string|null}} ExplainedTerm
 * @typedef {{name: string, symbol: string, values: Matrix, cells: (string|null)[][], padded: boolean[][]|null, winners: boolean[][]|null}} ExplainedGrid
 * @typedef {{name: string, value: number|null, symbol: string|null, result: boolean}} LedgerStep
 * @typedef {{numeric: number, epsilon: number, difference: number, verdict: 'agrees'|'tie'|'unclear', sentence: string}} SlopeCheck
 * @typedef {{old: number, gradient: number, learning_rate: number, new: number, frozen: boolean, sentence: string}} ParameterUpdate
 * @typedef {{cell: string, kind: string, layer: string, value: number, sentence: string, summary: string, decimals: number, about: boolean, terms: ExplainedTerm[],
 *   steps: LedgerStep[], grids?: ExplainedGrid[], check?: SlopeCheck, update?: ParameterUpdate}} Explanation
 *
 * How the numbers of one tile came to be.
 * @typedef {{work: Work, label: number, cells: string[], explanations: Explanation[]}} Explained
 *
 * @typedef {{name: string, type: string, gradient: any}} LayerGradient
 * @typedef {{loss: number, layers: LayerGradient[], parameters: Parameters, trace: Trace}} Gradient
 *
 * @typedef {'ok'|'unreachable'} ServerStatus
 * @typedef {{id: string, name: string, about: string}} ExperimentName
 * @typedef {{id: string, name: string, about: string}} DatasetName
 * @typedef {{kernels: Kernel[], digits: Matrix[], experiments: ExperimentName[], datasets: DatasetName[], limits: {filters: number, epochs: number}}} Catalogue
 * @typedef {'training'|'test'} SetName
 *
 * What belongs to a person, with the way back from each step.
 * @typedef {Pick<State, 'work'|'label'|'experiment'|'sets'|'plan'|'previous'|'focus'|'selected'|'decimals'|'seed'|'direction'|'past'|'future'>} Own
 *
 * @typedef {object} State
 * @property {Work} work
 * @property {number} revision           counts every change of the work
 * @property {Shown|null} shown          the newest trace that arrived
 * @property {number} shownRevision      the revision it belongs to
 * @property {Step[]} past              what each step changed, as it was
 * @property {Step[]} future
 * @property {number} label             what the drawing is meant to be
 * @property {string} experiment        id of the starting point, or 'own'
 * @property {Record<SetName, ExampleSet>} sets
 * @property {Plan} plan
 * @property {Training} training
 * @property {Curve|null} previous      the run before this one, to compare
 * @property {Record<SetName, Evaluation|null>} evaluations
 * @property {'forward'|'backward'} direction
 * @property {{work: Work, label: number, gradient: Gradient}|null} gradient
 * @property {Explained|null} explained
 * @property {{playing: boolean, speed: number}} player
 * @property {{from: number, to: number, set: SetName}|null} picked   a cell of the confusion matrix
 * @property {number} focus              the filter whose numbers are drawn large
 * @property {string|null} hover         address of the cell pointed at
 * @property {string} selected           address of the cell whose origin is drawn
 * @property {number} decimals
 * @property {'system'|'light'|'dark'} theme
 * @property {{status: ServerStatus, retryAt: number}} server
 * @property {Problem|null} problem
 * @property {Own|null} visit            while a link is shown: what the person made, to come back to
 * @property {number} seed               of layers that a change of shape starts anew
 * @property {{text: string, serial: number}} said   what the live region says; the serial tells a repetition from nothing new
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
