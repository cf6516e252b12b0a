"""relu: negative numbers become 0."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters
from .base import DecidingLayer, ElementwiseLayer


@dataclass(frozen=True, kw_only=True)
class ReLU(DecidingLayer, ElementwiseLayer):
    """a = max(z, 0), number by number; any shape. As torch.nn.ReLU."""

    type: ClassVar[str] = "relu"

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """max(x, 0)."""
        a: Array = np.maximum(x, 0.0)
        return a, a

    def backward(
        self, parameters: LayerParameters, cache: Cache, grad_output: Array, tolerance: Array | float = 0.0
    ) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: a = z where z > 0, so ∂a/∂z = 1 there; a is constant where z < 0, so 0 there.

        At z = 0 the slope is 0 from the left and 1 from the right; as PyTorch and the notebook do, 0 is taken, also
        where z is 0 but for rounding.
        """
        return grad_output * ties.passes_zero(cache, tolerance), {}

    def is_at_kink(self, cache: Cache, x: Array, tolerance: Array | float) -> bool:
        """Return True if a z is 0."""
        return bool(ties.stands_at_zero(x, tolerance).any())

    def forward_near(
        self, cache: Cache, x: Array, tolerance: Array | float, *, by_rule: bool
    ) -> Callable[[Array], Array]:
        """Keep each number, or 0 for it, as at `x`; where that is 0, the larger of both, or 0 by the rule."""
        passes, at_zero = ties.passes_zero(cache, tolerance), ties.stands_at_zero(x, tolerance)
        start = np.maximum(x, 0.0)  # what counts as 0 need not be it to the last bit

        def near(other: Array) -> Array:
            a = np.where(passes, other, start)
            return a if by_rule else np.where(at_zero, start + np.maximum(other - x, 0.0), a)

        return near

    def is_clear(self, cache: Cache, tolerance: Array | float) -> bool:
        """Return True if no z is a little above 0."""
        return ties.is_clear_at_zero(cache, tolerance)
