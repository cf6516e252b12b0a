"""leaky_relu: negative numbers shrink."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters
from .base import DecidingLayer, ElementwiseLayer


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(DecidingLayer, ElementwiseLayer):
    """a = z where z > 0, else negative_slope · z, number by number; any shape. As torch.nn.LeakyReLU."""

    type: ClassVar[str] = "leaky_relu"
    COST_OF_NUMBER: ClassVar[int] = 20

    negative_slope: float = field(
        default=0.01, metadata={"doc": "What negative numbers are multiplied by.", "ge": 0.0, "le": 1.0}
    )

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """The input where positive, negative_slope · x elsewhere."""
        return np.where(x > 0, x, x * self.negative_slope), x

    def backward(
        self, parameters: LayerParameters, cache: Cache, grad_output: Array, tolerance: Array | float = 0.0
    ) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: a is a line of slope 1 where z > 0 and of slope negative_slope where z < 0.

        At z = 0 the two differ; as PyTorch does, negative_slope is taken, also where z is 0 but for rounding.
        """
        passes = ties.passes_zero(cache, tolerance)
        return np.where(passes, grad_output, grad_output * self.negative_slope), {}

    def is_at_kink(self, cache: Cache, x: Array, tolerance: Array | float) -> bool:
        """Return True if a z is 0 and the slopes on its sides differ."""
        return self.negative_slope != 1 and bool(ties.stands_at_zero(x, tolerance).any())

    def forward_near(
        self, cache: Cache, x: Array, tolerance: Array | float, *, by_rule: bool
    ) -> Callable[[Array], Array]:
        """Take the slope that each number has at `x`; where that is 0, those of both sides, or the rule's."""
        slopes = np.where(ties.passes_zero(cache, tolerance), 1.0, self.negative_slope)
        at_zero, start = ties.stands_at_zero(x, tolerance), self.forward({}, x)[0]

        def near(other: Array) -> Array:
            change = other - x
            a: Array = start + slopes * change
            return a if by_rule else np.where(at_zero, start + self.forward({}, change)[0], a)

        return near

    def is_clear(self, cache: Cache, tolerance: Array | float) -> bool:
        """Return True if no z is a little above 0."""
        return ties.is_clear_at_zero(cache, tolerance)
