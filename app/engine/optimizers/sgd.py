"""sgd: a step against the gradient, with momentum if asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ..arrays import Array
from .base import Optimizer, Update


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Stochastic gradient descent: θ ← θ − η g, or with momentum μ: v ← μ v + g, θ ← θ − η v.

    As torch.optim.SGD (whose ``momentum_buffer`` is v here; it starts as the first gradient, as 0·μ + g does).
    """

    type: ClassVar[str] = "sgd"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    momentum: float = field(
        default=0.0, metadata={"doc": "Share of the last step that the next one keeps.", "ge": 0, "lt": 1}
    )

    @property
    def state_slots(self) -> tuple[str, ...]:
        """The velocity, if there is momentum."""
        return self.slots if self.momentum else ()

    @property
    def gradient_scale(self) -> float:
        """The learning rate, if the gradient then is the step itself, and no digit is lost to a tiny or huge rate."""
        return self.learning_rate if not self.momentum and 1e-6 <= self.learning_rate <= 1e6 else 1.0

    @property
    def operations(self) -> int:
        """Two, or four with momentum."""
        return 4 if self.momentum else 2

    def make_update(self, parameters: Array, gradient: Array, slots: dict[str, Array]) -> Update:
        """One or two array operations a step, four with momentum."""
        multiply, add, subtract = np.multiply, np.add, np.subtract
        # 0-d arrays: a Python float would be converted in every call.
        rate, momentum = (np.array(number, dtype=parameters.dtype) for number in (self.learning_rate, self.momentum))
        step = np.empty_like(parameters)

        def update_by_scaled(_: int) -> None:
            subtract(parameters, gradient, parameters)

        def update(_: int) -> None:
            multiply(gradient, rate, step)
            subtract(parameters, step, parameters)

        if not self.momentum:
            return update if self.gradient_scale == 1 else update_by_scaled
        velocity = slots["velocity"]

        def update_with_momentum(_: int) -> None:
            multiply(velocity, momentum, velocity)
            add(velocity, gradient, velocity)
            multiply(velocity, rate, step)
            subtract(parameters, step, parameters)

        return update_with_momentum
