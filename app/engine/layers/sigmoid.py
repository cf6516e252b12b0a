"""sigmoid: squeezes every number between 0 and 1."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters
from .base import ElementwiseLayer


@dataclass(frozen=True, kw_only=True)
class Sigmoid(ElementwiseLayer):
    """a = 1 / (1 + e⁻ᶻ), number by number; any shape. As torch.nn.Sigmoid."""

    type: ClassVar[str] = "sigmoid"
    COST_OF_NUMBER: ClassVar[int] = 100

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """1 / (1 + e⁻ˣ), written as eˣ / (1 + eˣ) where x < 0, so that no power overflows."""
        power = np.exp(-np.abs(x))
        a = np.where(x >= 0, 1, power) / (1 + power)
        return a, a

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: ∂a/∂z = e⁻ᶻ / (1 + e⁻ᶻ)² = a · (1 − a)."""
        return grad_output * (cache * (1 - cache)), {}

    def tolerance(self, parameters: LayerParameters, x: Array, of_input: Array, *, in_order: bool = False) -> Array:
        """Add the rounding of numbers from 0 to 1."""
        return super().tolerance(parameters, x, of_input) + ties.unit(1, x.dtype)

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """As `tolerance`."""
        return of_input + ties.unit(1, x.dtype)
