"""adam: a step length for every parameter."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import ClassVar

import numpy as np

from ..arrays import Array
from .base import Optimizer, Update


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Adam (Kingma & Ba 2015): with step t and the running means m of g and v of g².

    m ← m + (1 − β₁)(g − m), v ← β₂ v + (1 − β₂) g²,
    θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).

    As torch.optim.Adam, in the order of its operations.
    """

    type: ClassVar[str] = "adam"
    slots: ClassVar[tuple[str, ...]] = ("exp_avg", "exp_avg_sq")
    never_negative: ClassVar[tuple[str, ...]] = ("exp_avg_sq",)

    learning_rate: float = field(default=0.003, metadata={"doc": "Length of a step in each direction.", "gt": 0})
    betas: tuple[float, float] = field(
        default=(0.9, 0.999),
        metadata={"doc": "How slowly the means of the gradient and of its square move.", "ge": 0, "lt": 1},
    )
    eps: float = field(default=1e-8, metadata={"doc": "Keeps the division from a zero.", "gt": 0})

    @property
    def operations(self) -> int:
        """Thirteen."""
        return 13

    def make_update(self, parameters: Array, gradient: Array, slots: dict[str, Array]) -> Update:
        """Thirteen array operations a step."""
        mean, square_mean = slots["exp_avg"], slots["exp_avg_sq"]
        numbers = (1 - self.betas[0], self.betas[1], 1 - self.betas[1], self.eps)
        # 0-d arrays: a Python float would be converted in every call.
        rest_1, beta_2, rest_2, eps = (np.array(number, dtype=parameters.dtype) for number in numbers)
        step, divisor = np.empty_like(parameters), np.empty_like(parameters)

        def update(t: int) -> None:
            np.subtract(gradient, mean, step)
            np.multiply(step, rest_1, step)
            np.add(mean, step, mean)
            np.multiply(square_mean, beta_2, square_mean)
            np.multiply(gradient, gradient, step)
            np.multiply(step, rest_2, step)
            np.add(square_mean, step, square_mean)
            np.sqrt(square_mean, divisor)
            np.divide(divisor, sqrt(1 - self.betas[1] ** t), divisor)
            np.add(divisor, eps, divisor)
            np.divide(mean, divisor, step)
            np.multiply(step, self.learning_rate / (1 - self.betas[0] ** t), step)
            np.subtract(parameters, step, parameters)

        return update
