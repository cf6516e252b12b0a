"""flatten: maps become one vector."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from ..arrays import Array, Cache, LayerParameters, Shape
from ..work import Work
from .base import Layer


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    """(N, C, H, W) -> (N, C·H·W): map by map, row by row. As torch.nn.Flatten."""

    type: ClassVar[str] = "flatten"

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C, H, W) -> (C·H·W,)."""
        return (prod(input_shape),)

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """The same numbers in one row for each image."""
        return x.reshape(len(x), -1), x.shape

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: every number is handed on as it is, so its gradient goes back to where it came from."""
        return grad_output.reshape(cache), {}

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """A view, which holds no numbers."""
        return Work.of(calls=1)

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """A view, which holds no numbers."""
        return Work.of(calls=1)
