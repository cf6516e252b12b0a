"""tanh: squeezes every number between -1 and 1."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters
from .base import ElementwiseLayer


@dataclass(frozen=True, kw_only=True)
class Tanh(ElementwiseLayer):
    """a = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), number by number; any shape. As torch.nn.Tanh."""

    type: ClassVar[str] = "tanh"
    COST_OF_NUMBER: ClassVar[int] = 120

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """One call, tanh x."""
        a: Array = np.tanh(x)
        return a, a

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: with a = sinh z / cosh z, ∂a/∂z = (cosh² z − sinh² z) / cosh² z = 1 − a²."""
        return grad_output * (1 - cache * cache), {}

    def tolerance(self, parameters: LayerParameters, x: Array, of_input: Array, *, in_order: bool = False) -> Array:
        """Add the rounding of numbers from -1 to 1."""
        return super().tolerance(parameters, x, of_input) + ties.unit(1, x.dtype)

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """As `tolerance`."""
        return of_input + ties.unit(1, x.dtype)
