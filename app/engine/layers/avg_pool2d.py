"""avg_pool2d: the mean of each window."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, prod
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, IndexArray, LayerParameters, Shape
from ..windows import Windows
from .base import SummingLayer
from .pool2d import Pool2d


@dataclass(frozen=True, kw_only=True)
class AvgPool2d(SummingLayer, Pool2d):
    """m[c, r, q] = the mean over the cells of window (r, q) that exist: (N, C, H, W) -> (N, C, H', W').

    Cells of the padding, or beyond the edge in a partial window, count neither in the sum nor in the divisor. PyTorch
    does so with ``count_include_pad=False``; its default counts the padding (but not what lies beyond it).
    """

    type: ClassVar[str] = "avg_pool2d"

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Sum of each window over the number of its cells."""
        images, channels, height, width = x.shape
        windows = self._windows(height, width)
        if images * channels <= windows.gather_maps:
            columns = windows.im2col(x.reshape(images * channels, 1, height, width))
            sums = np.add.reduce(columns, axis=1).reshape(images, channels, *windows.output_size)
        else:
            sums = _sums(windows, x)
        return _means(windows, sums, x), x.shape

    def _forward_single(
        self, windows: Windows, index: IndexArray, shape: Shape, _: LayerParameters, x: Array
    ) -> tuple[Array, Cache]:
        cells = x.take(index)
        if windows.padding_mask is not None:
            np.copyto(cells.reshape(windows.depth, -1, windows.count), 0, where=windows.padding_mask[:, None])
        return _means(windows, np.add.reduce(cells).reshape(shape), x), x.shape

    def forward_in_order(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Cells added one after the other."""
        windows = self._windows(*x.shape[2:])
        return _means(windows, _sums(windows, x), x), x.shape

    def products(self, input_shape: Shape) -> int:
        """One for each cell of a window."""
        return prod(self.kernel_size)

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """As `tolerance`, for all outputs."""
        return of_input + float(np.abs(x).max()) * ties.unit(prod(self.kernel_size), x.dtype)

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: each window hands an equal share of its gradient to each of its cells.

        m = (1 / n) Σ_k x_k over the n cells that exist, so ∂m/∂x_k = 1 / n; a cell in several windows gets the sum.
        """
        windows = self._windows(*cache[2:])
        share = grad_output / windows.counts.astype(grad_output.dtype)
        grad_x = np.zeros(cache, dtype=grad_output.dtype)
        for outputs, inputs in windows.cells:
            grad_x[:, :, *inputs] += share[:, :, *outputs]
        return grad_x, {}


def _sums(windows: Windows, x: Array) -> Array:
    """Sum of each window, one cell of all windows at a time."""
    sums = np.zeros((*x.shape[:2], *windows.output_size), dtype=x.dtype)
    for outputs, inputs in windows.cells:
        sums[:, :, *outputs] += x[:, :, *inputs]
    return sums


def _means(windows: Windows, sums: Array, x: Array) -> Array:
    """Sums of the windows of `x` over the number of their cells; `sums` may be written to."""
    flat = sums.reshape(-1)
    if isfinite(flat.dot(flat)):  # the quickest way to see that nothing is huge
        sums /= windows.counts
        return sums
    # A sum may be too large where the mean is not. Powers of two change no digit of what is not tiny.
    scale = 2.0 ** -windows.depth.bit_length()
    scaled = _sums(windows, x * x.dtype.type(scale)) / windows.counts.astype(x.dtype)
    means: Array = np.where(np.isfinite(sums), sums / windows.counts.astype(x.dtype), scaled / x.dtype.type(scale))
    return means
