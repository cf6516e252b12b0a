"""POST /pool: pool maps window by window and write the response."""

from collections.abc import Iterator
from functools import partial
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..engine.arrays import Pair, TieBreak
from ..engine.conv_arithmetic import axis_overlap
from ..engine.finite import check_finite
from ..engine.layers import LAYERS
from ..engine.layers.pool2d import Pool2d
from ..engine.work import Work
from ..schemas.errors import check_limit
from ..schemas.limits import Limits
from ..schemas.npy import write_npy
from ..schemas.pool import PoolRequest
from ..schemas.serialization import json_in_slices
from .operation import Operation, answered, array_json_work, json_work

WINDOW: Final = Work(20_000, 900, 900)
"""Estimate of listing a window."""
WINDOW_OF_MAP: Final = Work(60_000, 150, 150)
"""Estimate of looking for the winners of one window of one map."""
WINNER: Final = Work(4_000, 200, 200)
"""Estimate of listing the place of a winner."""


def pooling(request: PoolRequest, limits: Limits, *, npy: bool = False) -> Operation[bytes]:
    """Return the operation of POST /pool.

    Parameters
    ----------
    request
        The request.
    limits
        Limits of this server.
    npy
        True for a response in .npy.

    Raises
    ------
    EngineError, RequestError
        If the window does not fit the input, or a limit is exceeded.
    """
    *channels, height, width = request.input.shape
    maps = prod(channels)
    check_limit(limits, "max_channels", "input", "the number of channels", maps)
    check_limit(limits, "max_image_side", "input", "the height", height)
    check_limit(limits, "max_image_side", "input", "the width", width)
    check_limit(limits, "max_kernel_size", "kernel_size", "", max(request.kernel_size))
    layer, shape = pooling_of(request), (maps, height, width)
    output = layer.output_shape(shape)
    windows = prod(output[1:])
    check_limit(limits, "max_terms", "input", "the number of windows", prod(output))
    pooled = layer.forward_work(shape, 1) + WINDOW * windows
    winners = Work()
    if request.kind == "max":
        # All cells of a window may tie.
        most = prod(output) * (1 if request.tie_break == "first" else prod(request.kernel_size))
        check_limit(limits, "max_elements", "kernel_size", "the number of indices of winners", 2 * most)
        winners = WINDOW_OF_MAP * prod(output) + WINNER * most + json_work(integers=2 * most, rows=most)
    response = array_json_work(output) + json_work(objects=windows, whole=False)
    return Operation(answered(pooled, response + winners), partial(pool_npy if npy else _pool, request), "input")


def _pool(request: PoolRequest) -> Iterator[bytes | None]:
    """Pool and write the response.

    Raises
    ------
    EngineError
        If the window does not fit the input, or a sum is too large for float64.
    """
    layer, maps, output = _pooled(request)
    rows, columns = (_ranges(layer, axis, maps.shape[1 + axis], output.shape[1 + axis]) for axis in (0, 1))
    flat = request.input.ndim == 2
    response = {
        "output": output[0] if flat else output,
        "output_size": output.shape[1:],
        "windows": [
            [
                {"rows": (top, bottom), "columns": (left, right), "cells": (bottom - top) * (right - left)}
                for left, right in columns
            ]
            for top, bottom in rows
        ],
    }
    if request.kind == "max":
        winners: list[list[list[list[list[int]]]]] = []
        for image, best in zip(maps, output, strict=True):
            winners.append([])
            for of_row, row in zip(best, rows, strict=True):
                winners[-1].append(_winners(image, of_row, row, columns, request.tie_break))
                yield None
        response["winners"] = winners[0] if flat else winners
    yield from json_in_slices(response)


def pool_npy(request: PoolRequest) -> Iterator[bytes]:
    """Pool and write the output alone, as .npy."""
    _, _, output = _pooled(request)
    yield write_npy(output[0] if request.input.ndim == 2 else output)


def _pooled(request: PoolRequest) -> tuple[Pool2d, NDArray[np.float64], NDArray[np.float64]]:
    """Return the layer, its input maps (C, H, W), and its output maps."""
    layer = pooling_of(request)
    maps = request.input.reshape(-1, *request.input.shape[-2:])
    layer.output_shape(maps.shape)  # raises, naming the layer, if no window fits
    with np.errstate(all="ignore"):
        output = layer.forward({}, maps[None])[0][0]
        check_finite(output, "pool", field="input")
    return layer, maps, output


def _ranges(layer: Pool2d, axis: int, size: int, windows: int) -> list[Pair]:
    """Return, for each window along one axis, its first cell and the cell after its last."""
    stride = (layer.stride or layer.kernel_size)[axis]
    cells: list[list[int]] = [[] for _ in range(windows)]
    for seeing, seen in axis_overlap(size, windows, layer.kernel_size[axis], stride, layer.padding[axis]):
        for window, cell in zip(range(windows)[seeing], range(size)[seen], strict=True):
            cells[window].append(cell)
    return [(seen[0], seen[-1] + 1) for seen in cells]


def _winners(
    image: NDArray[np.float64], best: NDArray[np.float64], row: Pair, columns: list[Pair], tie_break: TieBreak
) -> list[list[list[int]]]:
    """Return, for each window of a row of windows, the first or all of the cells that equal its maximum."""
    most = 1 if tie_break == "first" else None
    top, bottom = row
    return [
        np.add(np.argwhere(image[top:bottom, left:right] == of_window)[:most], (top, left)).tolist()
        for of_window, (left, right) in zip(best, columns, strict=True)
    ]


def pooling_of(request: PoolRequest) -> Pool2d:
    """Return the engine's layer that a request asks for."""
    options: dict[str, Any] = {
        "kernel_size": request.kernel_size,
        "stride": request.stride,
        "ceil_mode": request.ceil_mode,
    }
    if request.kind == "max":
        options["tie_break"] = request.tie_break
    layer = LAYERS["max_pool2d" if request.kind == "max" else "avg_pool2d"](**options)
    assert isinstance(layer, Pool2d)  # noqa: S101 - for mypy
    return layer
