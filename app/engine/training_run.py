"""The inside of a training run: numbers that change in place, and a report of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite, prod, sqrt
from time import perf_counter

import numpy as np

from .arrays import Array, IndexArray, Parameters
from .divergence import LARGEST_LOSS, Cause, Start, overshooting
from .evaluation import Evaluation
from .exceptions import ParameterError, TrainingDiverged, TrainingPaused
from .fused import make_stepper, stepper_work
from .fused.update import ParameterUpdate
from .losses.cross_entropy import cross_entropy
from .network import Network
from .optimizers import Optimizer, OptimizerState
from .trace import ForwardTrace
from .work import Work

LONGEST_PART_SECONDS = 0.01
"""A part of an epoch that takes longer is followed by shorter ones."""


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did.

    Attributes
    ----------
    epoch
        Its number, from 1.
    loss
        Mean over the examples of each one's loss just before the update that uses it.
    accuracy
        Share of the examples whose prediction, at that same moment, was right.
    gradient_norms
        Per layer that learns, √Σg² of the mean gradient over the epoch's steps (all parameters of the layer together).
    parameters, optimizer_state
        Copies from the end of the epoch if it is a snapshot (every `snapshot_every` epochs, and the last), else None.
    probe
        Trace of the probe image through the parameters at the end of the epoch; None without a probe.
    test_loss, test_accuracy
        Of the test examples with the parameters at the end of the epoch; None without test examples.
    """

    epoch: int
    loss: float
    accuracy: float
    gradient_norms: dict[str, float]
    parameters: Parameters | None = None
    optimizer_state: OptimizerState | None = None
    probe: ForwardTrace | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None


def run_work(network: Network, examples: int, batch_size: int, optimizer: Optimizer) -> Work:
    """Estimate of what a run makes before its first step, and of the copies in its reports."""
    numbers, slots = network.parameter_count, len(optimizer.state_slots)
    # Parameters, gradient, its sum, what was good last, an index, a snapshot, and the optimizer's buffers and state.
    vector = Work.of(calls=40 * len(network.layers), kept=(9 + 4 * slots) * numbers, temporary=numbers)
    order = Work.of(calls=10, kept=5 * examples)
    return vector + order + stepper_work(network, examples, batch_size)[0]


def step_work(network: Network, examples: int, batch_size: int, optimizer: Optimizer) -> Work:
    """Estimate of one step with its update and its share of what a slice does with the scores."""
    numbers, batch = network.parameter_count, min(examples, batch_size)
    update = Work.of(calls=optimizer.operations + 1, moved=(3 * optimizer.operations + 3) * numbers)
    scores = Work.of(products=50 * batch * prod(network.shapes[-1]), moved=8 * batch * prod(network.shapes[-1]))
    return stepper_work(network, examples, batch_size)[1] + update + scores


class TrainingRun:
    """One run of `training.train`: everything that changes while it goes on, and nothing that outlives it.

    Parameters
    ----------
    network, parameters, images, labels, optimizer, state, batch_size, pause
        As `training.train_in_slices` was given them, checked.
    """

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        images: Array,
        labels: IndexArray,
        optimizer: Optimizer,
        state: OptimizerState,
        batch_size: int,
        pause: Callable[[], bool],
    ) -> None:
        self._pause = pause
        self._network = network
        self._images = images
        self._steps = make_stepper(
            network, parameters, images, labels, batch_size=batch_size, scale=optimizer.gradient_scale
        )
        self.vector = self._steps.vector
        self._labels = labels
        self._batch_size = batch_size
        self._optimizer = optimizer
        self._step = _checked_step(optimizer, state)
        self._slots = {
            name: self.vector.pack_slot(name, state.get(name), signed=name not in optimizer.never_negative)
            for name in optimizer.state_slots
        }
        self._update = ParameterUpdate(optimizer, self.vector, self._slots, self._step)
        self._loss = self._accuracy = 0.0
        self._save_checkpoint()
        self._first_epoch: int | None = None  # not known before it begins
        self._part_steps = 1
        self._step_cost = step_work(network, len(images), batch_size, optimizer).cost

    def parameters(self) -> Parameters:
        """Copy of the present parameters."""
        return self.vector.unpack(self.vector.values)

    def optimizer_state(self) -> OptimizerState:
        """Copy of what the optimizer remembers at present."""
        return self._state(self._step, self._slots)

    def yield_point(self, epoch: int) -> Iterator[None]:
        """Yield once, so that others get their turn; raises `TrainingPaused` if the run has been paused by then."""
        yield None
        if self._pause():
            raise TrainingPaused(*self._last_checkpoint(), next_epoch=epoch)

    def epoch(self, epoch: int, order: IndexArray, slice_cost: int) -> Iterator[None]:
        """Go once through the examples in `order`, with a turn before each slice of about `slice_cost` multiply-adds.

        Raises
        ------
        TrainingPaused
            As `turn` does.
        TrainingDiverged
            As soon as a slice leaves a loss or numbers that no report may carry.
        """
        if self._first_epoch is None:
            self._first_epoch = epoch
        most = max(1, slice_cost // self._step_cost)
        self._save_checkpoint()
        self._update.gradients.fill(0)
        losses, right, start = np.zeros(len(order)), 0, 0
        while start < len(order):
            yield from self.yield_point(epoch)
            began = perf_counter()
            steps = self._part_steps
            examples = order[start : start + steps * self._batch_size]
            # numpy would warn of the very overflow that is looked for below.
            with np.errstate(all="ignore"):
                scores = self._steps.run(examples, self._batch_size, self._update)
                self._step += -(-len(examples) // self._batch_size)
                of_examples, _ = cross_entropy(scores, self._labels[examples])
                losses[start : start + len(examples)] = of_examples
                right += int(np.count_nonzero(scores.argmax(axis=1) == self._labels[examples]))
            if not losses.max() <= LARGEST_LOSS * len(order):  # so written, it catches NaN too
                yield from self.diverge(epoch)
            start += len(examples)
            # Near ties can make a step take many times as long as estimated.
            taken = max(perf_counter() - began, 1e-6)
            self._part_steps = max(1, min(most, 4 * steps, int(steps * LONGEST_PART_SECONDS / taken)))
        loss = float(losses.mean())  # of all at once, so that slices change no bit of it
        if loss > LARGEST_LOSS or not all(
            np.isfinite(flat).all() for flat in (self.vector.trainable, *self._slots.values())
        ):
            yield from self.diverge(epoch)
        self._loss, self._accuracy = loss, right / len(order)

    def report(
        self,
        epoch: int,
        *,
        snapshot: Parameters | None,
        probe: ForwardTrace | None,
        test: Evaluation | None,
    ) -> EpochReport | None:
        """Return the report of the epoch just gone through; None if the norms of its gradients are not finite."""
        total = -(-len(self._labels) // self._batch_size) * self._optimizer.gradient_scale
        norms = {}
        for layer in self.vector.trainable_layers:
            mean = self.vector.of_layer(self._update.gradients, layer) / total
            largest = float(np.abs(mean).max()) or 1.0  # taken out, so that no square is too small or too large
            mean /= largest
            norms[layer] = largest * sqrt(mean.dot(mean))
        if not all(map(isfinite, norms.values())):
            return None
        return EpochReport(
            epoch=epoch,
            loss=self._loss,
            accuracy=self._accuracy,
            gradient_norms=norms,
            parameters=snapshot,
            optimizer_state=None if snapshot is None else self.optimizer_state(),
            probe=probe,
            test_loss=None if test is None else test.loss,
            test_accuracy=None if test is None else test.accuracy,
        )

    def _save_checkpoint(self) -> None:
        """Remember the present state as the end of the last good epoch."""
        self._checkpoint = self._step, self.vector.values.copy(), {name: s.copy() for name, s in self._slots.items()}

    def _last_checkpoint(self) -> tuple[Parameters, OptimizerState]:
        """Copies of what was kept."""
        step, values, slots = self._checkpoint
        return self.vector.unpack(values), self._state(step, slots)

    def _state(self, step: int, slots: dict[str, Array]) -> OptimizerState:
        return {"step": step, **{name: self.vector.unpack(flat) for name, flat in slots.items()}}

    def diverge(self, epoch: int) -> Iterator[None]:
        """Yield None while the cause is looked for, then raise `TrainingDiverged`.

        Raises
        ------
        NotFiniteError
            Instead, if the run starts with numbers that overflow before the first update.
        """
        causes: Iterator[Cause | None] = iter([overshooting(self._optimizer, self._images)])
        if epoch == self._first_epoch:  # later the steps since the start are to blame
            start = Start(
                self._network,
                self.vector,
                *self._checkpoint,
                self._optimizer,
                self._images,
                self._labels,
                self._batch_size,
            )
            causes = start.causes()
        for cause in causes:
            if cause is None:
                yield from self.yield_point(epoch)
                continue
            parameters, optimizer_state = self._last_checkpoint()
            raise TrainingDiverged(
                cause.text,
                epoch=epoch,
                parameters=parameters,
                optimizer_state=optimizer_state,
                next_epoch=epoch,
                field=cause.field,
                value=cause.value,
                allowed=cause.allowed,
            )


def _checked_step(optimizer: Optimizer, state: OptimizerState) -> int:
    """Return the number of updates that `state` counts; raise `ParameterError` if it is not one of `optimizer`."""
    for name in state.keys() - {"step", *optimizer.state_slots}:
        field, allowed = f"optimizer_state.{name}", ", ".join(("step", *optimizer.state_slots))
        options = " with these options" if name in optimizer.slots else ""
        message = f"the optimizer {optimizer.type}{options} keeps no such state"
        raise ParameterError(message, where=field, field=field, value=state[name], allowed=allowed)
    step = state.get("step", 0)
    if isinstance(step, bool) or not isinstance(step, int | np.integer) or step < 0:
        field = "optimizer_state.step"
        message = f"{step!r} is not a number of updates"
        raise ParameterError(message, where=field, field=field, value=step, allowed="a whole number >= 0")
    return int(step)
