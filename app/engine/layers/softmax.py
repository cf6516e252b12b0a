"""softmax: scores become probabilities."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, prod
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters, Shape
from ..work import Work
from .base import Forward, Layer, flat_size


def softmax(logits: Array) -> Array:
    """p[d] = e^{o[d]} / Σ_k e^{o[k]} for each row of (N, n): positive numbers that add up to 1.

    Taking the largest score off all of them first cancels in the fraction and leaves no power above e⁰ = 1, so
    nothing overflows.
    """
    powers: Array = np.exp(logits - np.maximum.reduce(logits, axis=1, keepdims=True))
    powers /= np.add.reduce(powers, axis=1, keepdims=True)
    return powers


FEW = 64
"""Up to this many numbers Python's own sum is quicker than numpy's."""


@dataclass(frozen=True, kw_only=True)
class Softmax(Layer):
    """p[d] = e^{o[d]} / Σ_k e^{o[k]}: (N, n) -> (N, n), each row adding up to 1. As torch.nn.Softmax(dim=1)."""

    type: ClassVar[str] = "softmax"

    def output_shape(self, input_shape: Shape) -> Shape:
        """(n,) -> (n,)."""
        return (flat_size(input_shape, self.label),)

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """`softmax` of each row."""
        p = softmax(x)
        return p, p

    def forward_single(self, input_shape: Shape) -> Forward:
        """Forward of one short row, where numpy's reductions would take more time than all the rest."""
        return self._forward_single if prod(input_shape) <= FEW else self.forward

    def _forward_single(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        p: Array = np.exp(x - x.item(x.argmax()))
        p /= fsum(p.tolist()[0])
        return p, p

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradient by x.

        The quotient rule gives ∂p_d/∂o_k = p_d (δ_dk − p_k), so with G = ∂L/∂p

            ∂L/∂o_k = Σ_d G_d p_d (δ_dk − p_k) = p_k (G_k − Σ_d G_d p_d).

        After a cross-entropy loss use its gradient by the logits instead: it never divides by a p near 0.
        """
        weighted = np.add.reduce(grad_output * cache, axis=1, keepdims=True)
        return cache * (grad_output - weighted), {}

    def tolerance(self, parameters: LayerParameters, x: Array, of_input: Array, *, in_order: bool = False) -> Array:
        """Return the largest of the image's inputs, and the rounding of numbers from 0 to 1."""
        tolerance: Array = np.zeros_like(x) + of_input.max(axis=1, keepdims=True) + ties.unit(1, x.dtype)
        return tolerance

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """As `tolerance`."""
        return of_input + ties.unit(1, x.dtype)

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """Powers, about 50 multiply-adds each, over their sum."""
        numbers = images * prod(input_shape)
        return Work.of(products=50 * numbers, calls=6, moved=2 * numbers, kept=numbers, temporary=numbers + images)

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """Three products number by number."""
        numbers = images * prod(input_shape)
        return Work.of(calls=4, kept=numbers, temporary=2 * numbers)
