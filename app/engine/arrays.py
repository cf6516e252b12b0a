"""The types that the engine's functions take and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating[Any]]
"""A float32 or float64 array."""
IndexArray: TypeAlias = npt.NDArray[np.intp]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

Shape: TypeAlias = tuple[int, ...]
"""A shape without the batch axis."""
Pair: TypeAlias = tuple[int, int]
"""(vertical, horizontal)."""
Padding: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""((top, bottom), (left, right))."""

LayerParameters: TypeAlias = Mapping[str, Array]
"""One layer's arrays by name: ``{"weight": ..., "bias": ...}``."""
Parameters: TypeAlias = dict[str, dict[str, Array]]
"""A network's arrays: ``{"conv": {"weight": ...}, "dense": {"weight": ..., "bias": ...}}``."""

TieBreak: TypeAlias = Literal["first", "all"]
Cache: TypeAlias = Any
"""What a layer's forward leaves for its backward; only that layer looks inside."""
DType: TypeAlias = np.dtype[np.floating[Any]]
FloatType: TypeAlias = type[np.float32] | type[np.float64]
