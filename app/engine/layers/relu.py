"""relu: negative numbers become 0."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

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

    def is_settled(self, cache: Cache, tolerance: Array) -> bool:
        """Return True if no z lies at the edge of its tolerance."""
        return ties.is_settled_at_zero(cache, tolerance)
