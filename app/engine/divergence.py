"""Find out why a training run failed: the numbers it began with, or its learning rate."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .arrays import Array, IndexArray, Parameters
from .exceptions import NotFiniteError
from .finite import check_finite
from .losses.cross_entropy import cross_entropy
from .network import Network
from .optimizers import Optimizer
from .parameter_vector import ParameterVector

LARGEST_LOSS: Final = 745.0
"""Above it the probability of the right label, e^−loss, is below the smallest float64: 0, with a loss without end."""
LARGE_PIXEL: Final = 10.0
"""Learning rates are usually chosen for pixels from 0 to 1."""


@dataclass(frozen=True)
class Cause:
    """Why a run failed.

    Attributes
    ----------
    text
        In plain words: "the learning rate 1000 overshoots: ...".
    field, value, allowed
        As `EngineError` has them.
    """

    text: str
    field: str
    value: object
    allowed: str


@dataclass(frozen=True)
class Start:
    """What a run began with.

    Attributes
    ----------
    step
        Number of updates made before.
    values, slots
        Vectors laid out as those of `vector`: every parameter, and the state of `optimizer`.
    """

    network: Network
    vector: ParameterVector
    step: int
    values: Array
    slots: Mapping[str, Array]
    optimizer: Optimizer
    images: Array
    labels: IndexArray
    batch_size: int

    def causes(self) -> Iterator[Cause | None]:
        """Yield None before each batch that is looked at, and at the end the cause of a failure in the first epoch.

        Not the learning rate if the run would also have failed with one near 0.

        Raises
        ------
        NotFiniteError
            Naming the layer, if a number is too large before the first update.
        """
        parameters = self.vector.unpack(self.values)
        losses = yield from self._losses(parameters)
        if not losses.mean() <= LARGEST_LOSS:
            yield self._largest_number(parameters)
            return
        if any(slot.any() for slot in self.slots.values()):
            try:
                losses = yield from self._losses(self._after_standing_still())
                breaks = not losses.mean() <= LARGEST_LOSS
            except NotFiniteError:
                breaks = True
            if breaks:
                yield self._largest_memory()
                return
        yield overshooting(self.optimizer, self.images)

    def _losses(self, parameters: Parameters) -> Generator[None, None, Array]:
        """Yield None before each batch; return the loss of every example. Raises `NotFiniteError`, back and forth."""
        losses = []
        for start in range(0, len(self.images), self.batch_size):
            yield None
            batch = slice(start, start + self.batch_size)
            with np.errstate(all="ignore"):
                trace = self.network.forward(parameters, self.images[batch])
                trace.check_finite()
                of_batch, grad_logits = cross_entropy(trace.logits, self.labels[batch])
                check_finite(of_batch, "the loss", field="network")
                self.network.backward(parameters, trace, grad_logits).check_finite()
            losses.append(of_batch)
        return np.concatenate(losses)

    def _largest_number(self, parameters: Parameters) -> Cause:
        """Blame the pixels if they are beyond 1 and larger than every parameter, else the parameters."""
        sizes = {
            f"{layer}.{name}": float(np.abs(array).max())
            for layer, arrays in parameters.items()
            for name, array in arrays.items()
        }
        name = max(sizes, key=sizes.__getitem__)
        image, largest = _largest_pixel(self.images)
        first_scores = "that the first scores cannot be turned into probabilities"
        if largest > max(1.0, sizes[name]):
            return Cause(
                text=f"the images hold numbers so large (up to {largest:g}) {first_scores}: scale them to 0 to 1",
                field=f"examples.{image}.image",
                value=largest,
                allowed="smaller numbers, such as 0 to 1",
            )
        return Cause(
            text=f"the starting parameters are so large (up to {sizes[name]:g} in {name}) {first_scores}: "
            "start from smaller ones",
            field=f"parameters.{name}",
            value=sizes[name],
            allowed="smaller starting parameters",
        )

    def _after_standing_still(self) -> Parameters:
        """Parameters after an update by the optimizer state alone, with no gradient and at most the usual rate."""
        rate = min(self.optimizer.learning_rate, type(self.optimizer)().learning_rate)
        values = self.values.copy()
        learning = values[: len(self.vector.trainable)]
        with np.errstate(all="ignore"):
            slots = {name: slot.copy() for name, slot in self.slots.items()}
            replace(self.optimizer, learning_rate=rate).make_update(learning, np.zeros_like(learning), slots)(
                self.step + 1
            )
        return self.vector.unpack(values)

    def _largest_memory(self) -> Cause:
        name = max(self.slots, key=lambda slot: float(np.abs(self.slots[slot]).max()))
        return Cause(
            text=f"{name} of the optimizer_state given is so large that the first update makes scores that cannot be "
            "turned into probabilities: start with the state of an earlier run as it was, or with none",
            field=f"optimizer_state.{name}",
            value=float(np.abs(self.slots[name]).max()),
            allowed="the optimizer_state that /train replied with, or none",
        )


def overshooting(optimizer: Optimizer, images: Array) -> Cause:
    """Blame the learning rate; or the images, if they are why the usual rate is too large."""
    rate, usual = optimizer.learning_rate, type(optimizer)().learning_rate
    image, largest = _largest_pixel(images)
    if rate <= usual and largest > LARGE_PIXEL:
        return Cause(
            text=f"the images hold numbers so large (up to {largest:g}) that even the learning rate {rate:g} "
            "overshoots: scale them to 0 to 1",
            field=f"examples.{image}.image",
            value=largest,
            allowed="smaller numbers, such as 0 to 1",
        )
    return Cause(
        text=f"the learning rate {rate:g} overshoots: each step changes the parameters by so much that the next has a "
        f"larger error to correct, and the numbers grow without end; try {usual if usual < rate else rate / 10:g}",
        field="optimizer.learning_rate",
        value=rate,
        allowed="a smaller learning rate, or smaller starting parameters",
    )


def _largest_pixel(images: Array) -> tuple[int, float]:
    """Return which image holds the number farthest from 0, and how far that is."""
    pixels = np.abs(images).reshape(len(images), -1).max(axis=1)
    return int(pixels.argmax()), float(pixels.max())
