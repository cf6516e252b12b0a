"""The one check for numbers that are too large for their float type."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Final

import numpy as np

from .arrays import Array, LayerParameters
from .exceptions import NotFiniteError

SPARE_BITS: Final = 40
"""Left for sums over the cells of a map and over a batch, and for the loss."""


def check_finite(array: Array, where: str, *, field: str = "", layer_index: int | None = None) -> None:
    """Raise `NotFiniteError`, which takes the other arguments, if `array` holds a NaN or an infinity."""
    if not np.isfinite(array).all():
        raise NotFiniteError(where, field=field, layer_index=layer_index)


def may_overflow(parameters: Mapping[str, LayerParameters], *batches: Array) -> bool:
    """Return False if no pass of these images, forward or backward, can come to a number that is not finite.

    Holds for layers that are linear in their input and in their parameters, between layers that enlarge no number. A
    layer with n parameters of at most p then makes of numbers of at most x at most n · p · (x + 1).
    """
    bits = max(log2(1 + _largest(batch)) for batch in batches)
    for arrays in parameters.values():
        largest = max(map(_largest, arrays.values()))
        bits += 1 + log2(1 + largest) + log2(sum(array.size for array in arrays.values()))
    dtypes = [array.dtype for arrays in parameters.values() for array in arrays.values()]
    most = min(np.finfo(dtype).maxexp for dtype in dtypes or [np.dtype(np.float64)])
    return bits > most - SPARE_BITS


def _largest(array: Array) -> float:
    return float(max(array.max(), -array.min()))
