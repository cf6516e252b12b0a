"""What follows each gradient of a run: the epoch's sum of gradients, and the optimizer's step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import Array
from ..optimizers import Optimizer
from ..parameter_vector import ParameterVector


class ParameterUpdate:
    """Applies an optimizer to a run's numbers, step after step.

    Parameters
    ----------
    optimizer
        The rule of a step.
    vector
        The run's numbers; each step reads its gradient and changes its parameters.
    slots
        What the rule remembers; changed with each step.
    step
        How many steps were made before.

    Attributes
    ----------
    change
        Make step t for the gradient that lies in ``vector.gradient``. Neither `made` nor `gradients` is changed.
    made
        The number of steps made.
    gradients
        Sum of the gradients of all steps since it was last set to 0, times the optimizer's `gradient_scale`.
    """

    def __init__(self, optimizer: Optimizer, vector: ParameterVector, slots: dict[str, Array], step: int) -> None:
        self.gradients = np.zeros_like(vector.gradient)
        self.made = step
        self._arrays = [vector.trainable, self.gradients, *slots.values()]
        self._vector = vector
        self.change = self._make_change(vector, optimizer.make_update(vector.trainable, vector.gradient, slots))

    def apply(self) -> None:
        """Make a step, and add its gradient to `gradients`."""
        self.made += 1
        self.change(self.made)
        np.add(self.gradients, self._vector.gradient, self.gradients)

    def checkpoint(self) -> Callable[[], None]:
        """Return a function that takes back every step made after this call."""
        made, copies = self.made, [array.copy() for array in self._arrays]

        def restore() -> None:
            self.made = made
            for array, copy in zip(self._arrays, copies, strict=True):
                array[...] = copy

        return restore

    def _make_change(self, vector: ParameterVector, change: Callable[[int], None]) -> Callable[[int], None]:
        gradient, frozen_index = vector.gradient, vector.frozen_index

        def change_without_still(t: int) -> None:
            gradient[frozen_index] = 0
            change(t)

        return change if frozen_index is None else change_without_still
