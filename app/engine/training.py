"""Training: a generator of one report an epoch. No threads, no printing, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from .arrays import Array, IndexArray, Parameters
from .evaluation import chunk_of, evaluate_in_chunks, evaluation_work
from .exceptions import EngineError, NotFiniteError, OptionError, ShapeError, bracketed
from .finite import may_overflow
from .network import Network
from .optimizers import Optimizer, OptimizerState
from .trace import ForwardTrace
from .training_run import EpochReport, TrainingRun, run_work, step_work
from .work import Work

__all__ = ["EpochReport", "TrainingConfig", "train", "train_in_slices", "training_work"]

SLICE_COST = 50_000_000
"""Multiply-adds between two turns of `train_in_slices`: about 5 to 15 ms on one core."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Settings of a training.

    Parameters
    ----------
    optimizer
        The rule of a step.
    epochs
        Number of epochs, from 1.
    batch_size
        Examples a step, from 1.
    shuffle
        True to take the examples of each epoch in a new order, drawn from (seed, epoch) alone; False to take them in
        the order given.
    seed
        For the shuffles, 0 or more.
    first_epoch
        Number of the first epoch, from 1.
    snapshot_every
        How many epochs apart the reports carry parameters, from 1.

    Raises
    ------
    OptionError
        If a number is out of its range.
    """

    optimizer: Optimizer
    epochs: int
    batch_size: int = 1
    shuffle: bool = True
    seed: int = 0
    first_epoch: int = 1
    snapshot_every: int = 1

    def __post_init__(self) -> None:
        _check_counts(
            epochs=(self.epochs, 1),
            batch_size=(self.batch_size, 1),
            seed=(self.seed, 0),
            first_epoch=(self.first_epoch, 1),
            snapshot_every=(self.snapshot_every, 1),
        )

    @property
    def last_epoch(self) -> int:
        """Number of the last epoch."""
        return self.first_epoch + self.epochs - 1


def train(
    network: Network,
    parameters: Parameters,
    images: Array,
    labels: IndexArray,
    config: TrainingConfig,
    *,
    optimizer_state: OptimizerState | None = None,
    probe: Array | None = None,
    test: tuple[Array, IndexArray] | None = None,
) -> Iterator[EpochReport]:
    """Train by mini-batch gradient descent on the cross-entropy, one `EpochReport` an epoch.

    The gradient of a batch is the mean over its examples; the last batch of an epoch may be smaller. Training on from
    a snapshot's `parameters` and `optimizer_state` with ``first_epoch=epoch + 1`` gives bit for bit what the longer
    run gives; so does going by way of JSON.

    Parameters
    ----------
    network
        What to train; its frozen layers and filters stay as they are.
    parameters
        The start, as `Network.parameter_shapes` says; never written to. If all are float32, so is the whole run.
    images
        (N, *input_shape), N at least 1.
    labels
        (N,) whole numbers, each from 0 to n − 1.
    config
        Its settings.
    optimizer_state
        Its state at the end of the run that this one continues; None for a fresh start.
    probe
        An image (of `input_shape`) whose trace goes into each report.
    test
        Images and labels to evaluate at the end of each epoch; never learned from.

    Raises
    ------
    EngineError
        If anything given does not fit.
    NotFiniteError
        If a pass overflows before anything has been learned.
    TrainingDiverged
        Instead of a report with numbers that are not finite; it carries the end of the last good epoch.
    """
    reports = train_in_slices(
        network, parameters, images, labels, config, optimizer_state=optimizer_state, probe=probe, test=test
    )
    return (report for report in reports if report is not None)


def train_in_slices(
    network: Network,
    parameters: Parameters,
    images: Array,
    labels: IndexArray,
    config: TrainingConfig,
    *,
    optimizer_state: OptimizerState | None = None,
    probe: Array | None = None,
    test: tuple[Array, IndexArray] | None = None,
    slice_cost: int = SLICE_COST,
    pause: Callable[[], bool] = lambda: False,
) -> Iterator[EpochReport | None]:
    """Train as `train` does, but yield None before each slice of an epoch, so that a caller can take turns or stop.

    A slice is at least one step, or one chunk of test images, and about `slice_cost` multiply-adds (a step's fixed
    cost counts as the multiply-adds that take as long). How a run is sliced changes no bit of it.

    Raises
    ------
    TrainingPaused
        Before the first slice for which `pause` is true; it carries the end of the last epoch reported.
    """
    network.check_parameters(parameters)
    images, labels = _checked_examples(network, images, labels, "examples")
    if test is not None:
        test = _checked_examples(network, *test, "test")
    if probe is not None:
        (probe,), _ = _checked_examples(network, np.asarray(probe)[None], np.zeros(1, dtype=np.intp), "probe")
    _check_counts(slice_cost=(slice_cost, 1))
    run = TrainingRun(
        network, parameters, images, labels, config.optimizer, optimizer_state or {}, config.batch_size, pause
    )
    yield from _check_start(network, parameters, images, labels, test, probe)
    chunk = chunk_of(network)
    for epoch in range(config.first_epoch, config.last_epoch + 1):
        order = _order(len(images), epoch, config)
        yield from run.epoch(epoch, order, slice_cost)
        snapshot = epoch == config.last_epoch or epoch % config.snapshot_every == 0
        now = run.parameters() if snapshot or probe is not None or test is not None else None
        evaluation, trace = None, None
        try:
            if now is not None and test is not None:
                for evaluation in evaluate_in_chunks(network, now, *test, chunk=chunk):
                    if evaluation is None:
                        yield from run.yield_point(epoch)
            if now is not None and probe is not None:
                trace = _checked_trace(network, now, probe)
        except NotFiniteError:
            yield from run.diverge(epoch)
        report = run.report(epoch, snapshot=now if snapshot else None, probe=trace, test=evaluation)
        if report is None:
            yield from run.diverge(epoch)
        yield report


def _order(examples: int, epoch: int, config: TrainingConfig) -> IndexArray:
    """Return the order of the examples in an epoch."""
    if config.shuffle:
        return np.random.default_rng((config.seed, epoch)).permutation(examples)
    return np.arange(examples)


def training_work(
    network: Network, examples: int, config: TrainingConfig, *, tests: int = 0, probe: bool = False
) -> tuple[Work, Work, Work]:
    """Estimate of a training run: of what it makes once, of an epoch, and of the longest part that is not sliced.

    Parameters
    ----------
    network, config
        As for `train`.
    examples, tests
        How many to learn from, and how many to test with.
    probe
        Whether there is one.
    """
    setup, step = (
        run_work(network, examples, config.batch_size, config.optimizer),
        step_work(network, examples, config.batch_size, config.optimizer),
    )
    looked_at, of_start = evaluation_work(network, examples)
    testing, chunk = evaluation_work(network, tests) if tests else (Work(), Work())
    tracing = network.forward_work(1) if probe else Work()
    report = Work.of(calls=20 + 10 * len(network.layers), moved=8 * network.parameter_count + 8 * examples)
    epoch = step.repeated(-(-examples // config.batch_size)) + testing.dropping() + tracing + report
    # The start may be looked at for overflow, by way of the examples, the tests and the probe.
    start = setup + network.setup_work + (looked_at + testing + tracing).dropping()
    parts = (setup, step, of_start, chunk, tracing + report)
    return start, epoch, max(parts, key=lambda part: part.cost)


def _check_start(
    network: Network,
    parameters: Parameters,
    images: Array,
    labels: IndexArray,
    test: tuple[Array, IndexArray] | None,
    probe: Array | None,
) -> Iterator[None]:
    """Yield None before each batch that is looked at; raise `NotFiniteError` if a pass with the start overflows.

    Training itself looks at the scores alone, where a saturating layer may have hidden the overflow.
    """
    if not may_overflow(parameters, images, *([] if test is None else [test[0]]), *([] if probe is None else [probe])):
        return
    for _ in evaluate_in_chunks(network, parameters, images, labels):
        yield None
    field = "test"
    try:
        if test is not None:
            for _ in evaluate_in_chunks(network, parameters, *test):
                yield None
        field = "probe"
        if probe is not None:
            _checked_trace(network, parameters, probe)
    except NotFiniteError as error:
        error.field, error.layer_index = field, None
        raise


def _checked_trace(network: Network, parameters: Parameters, image: Array) -> ForwardTrace:
    """Return the trace of one image; raise `NotFiniteError` if a number in it is not finite."""
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, image[None])
    trace.check_finite()
    return trace


def _checked_examples(network: Network, images: Array, labels: IndexArray, where: str) -> tuple[Array, IndexArray]:
    """Images as floats and labels as whole numbers, or an `EngineError` that names `where` they are."""
    images, labels = np.asarray(images), np.asarray(labels)
    if images.shape[1:] != network.input_shape or not len(images):
        raise ShapeError(
            f"shape {bracketed(images.shape)} is not a batch of {bracketed(network.input_shape)}",
            where=where,
            field=f"{where}.image",
            value=images.shape,
            allowed=f"[N, {', '.join(map(str, network.input_shape))}] with N at least 1",
        )
    classes = prod(network.shapes[-1])
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise ShapeError(
            f"labels of shape {bracketed(labels.shape)} and type {labels.dtype} do not go with {len(images)} images",
            where=where,
            field=f"{where}.label",
            value=labels.shape,
            allowed="one whole number for each image",
        )
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        raise EngineError(
            f"label {labels[outside][0]} is not a class",
            where=where,
            field=f"{where}.label",
            value=int(labels[outside][0]),
            allowed=f"0 to {classes - 1}",
        )
    return images if images.dtype.kind == "f" else images.astype(np.float64), labels.astype(np.intp)


def _check_counts(**counts: tuple[int, int]) -> None:
    """Raise `OptionError` for the first count that is below its least value."""
    for name, (count, least) in counts.items():
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < least:
            raise OptionError(
                f"{name} {count!r} is not allowed",
                where="training",
                field=name,
                value=count,
                allowed=f"a whole number >= {least}",
            )
