"""How fresh weights are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt
from typing import Literal, TypeAlias

import numpy as np

from .arrays import Array, FloatType, Shape

Initialiser: TypeAlias = Literal["notebook", "he", "glorot"]

INITIALISER_DOC = (
    "How fresh weights are drawn: notebook (0.01·N(0, 1), biases too), he (N(0, 2 / fan_in)) or "
    "glorot (uniform within ±√(6 / (fan_in + fan_out))); with the last two, biases start at 0."
)

INITIAL_SCALE = 0.01
"""The notebook draws every weight and bias from 0.01·N(0, 1)."""


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight: how many numbers each output sums up, and how many outputs each input feeds.

    A filter bank (O, I, kH, kW) has (I·kH·kW, O·kH·kW); a dense weight (in, out) has (in, out).
    """
    if len(shape) == 2:
        return shape[0], shape[1]
    kernel = prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def notebook(rng: np.random.Generator, shape: Shape) -> Array:
    """0.01·N(0, 1), whatever the shape."""
    return INITIAL_SCALE * rng.standard_normal(shape)


def he(rng: np.random.Generator, shape: Shape) -> Array:
    """N(0, 2 / fan_in): keeps the size of numbers through ReLU layers (He et al. 2015).

    As torch.nn.init.kaiming_normal_ with its default mode fan_in and nonlinearity "relu".
    """
    return sqrt(2 / fans(shape)[0]) * rng.standard_normal(shape)


def glorot(rng: np.random.Generator, shape: Shape) -> Array:
    """Uniform within ±√(6 / (fan_in + fan_out)): keeps the size of numbers forward and backward (Glorot & Bengio 2010).

    As torch.nn.init.xavier_uniform_ with its default gain 1.
    """
    bound = sqrt(6 / sum(fans(shape)))
    return rng.uniform(-bound, bound, shape)


INITIALISERS: dict[Initialiser, Callable[[np.random.Generator, Shape], Array]] = {
    "notebook": notebook,
    "he": he,
    "glorot": glorot,
}


def draw(
    initialiser: Initialiser, rng: np.random.Generator, shapes: Mapping[str, Shape], dtype: FloatType
) -> dict[str, Array]:
    """Fresh parameters of one layer, drawn in the order of `shapes`; biases are drawn by the notebook's rule only."""
    fresh = INITIALISERS[initialiser]
    return {
        name: (np.zeros(shape) if len(shape) == 1 and initialiser != "notebook" else fresh(rng, shape)).astype(dtype)
        for name, shape in shapes.items()
    }
