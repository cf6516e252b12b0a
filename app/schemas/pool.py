"""POST /pool: maps pooled, window by window."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from ..engine.arrays import Pair
from ..engine.arrays import TieBreak as TieBreak
from ..engine.axis import axis_overlap
from ..engine.layers import LAYERS
from ..engine.layers.pool2d import Pool2d
from .arrays import Image
from .base import NotNull, ReplyModel, RequestModel
from .geometry import pair
from .json_bytes import to_json
from .refusal import RefusedError


class PoolRequest(RequestModel):
    """Maps and the windows to pool them by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "input": [[1, 2, 1], [0, 2, 0], [1, 2, 1]],
                    "kind": "max",
                    "kernel_size": [2, 2],
                    "stride": [2, 2],
                    "ceil_mode": True,
                    "tie_break": "all",
                }
            ]
        }
    )

    input: Image = Field(
        description="One map (H, W), or several (C, H, W).", examples=[[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]
    )
    kind: Literal["max", "average"] = Field(description="What is taken of each window.", examples=["max"])
    kernel_size: pair(1) = Field(  # type: ignore[valid-type]
        description="Height and width of the window.", examples=[[2, 2]]
    )
    stride: Annotated[pair(1) | None, NotNull()] = Field(  # type: ignore[valid-type]
        default=None, description="Cells from one window to the next; by default the kernel_size."
    )
    ceil_mode: bool = Field(
        default=False,
        description="Whether partial windows at the right and bottom edge count; an average divides by the cells that "
        "exist.",
    )
    tie_break: TieBreak = Field(
        default="first",
        description="For max: which cells win where several hold the maximum, the first (row by row) or all.",
    )

    def layer(self) -> Pool2d:
        """The engine's layer that does this."""
        options: dict[str, Any] = {
            "kernel_size": self.kernel_size,
            "stride": self.stride,
            "ceil_mode": self.ceil_mode,
        }
        if self.kind == "max":
            options["tie_break"] = self.tie_break
        layer = LAYERS["max_pool2d" if self.kind == "max" else "avg_pool2d"](**options)
        assert isinstance(layer, Pool2d)  # noqa: S101 - both are; mypy cannot know
        return layer


class WindowOut(ReplyModel):
    """The cells of the input that one output cell looks at, clipped to the input."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [0, 2], "columns": [2, 3], "cells": 2}]})

    rows: list[int] = Field(min_length=2, max_length=2, description="First row, and the row after the last.")
    columns: list[int] = Field(min_length=2, max_length=2, description="First column, and the column after the last.")
    cells: int = Field(ge=1, description="How many cells that is; what an average divides by.")


class PoolReply(ReplyModel):
    """The pooled maps and their windows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "output": [[2, 1], [2, 1]],
                    "output_size": [2, 2],
                    "windows": [
                        [
                            {"rows": [0, 2], "columns": [0, 2], "cells": 4},
                            {"rows": [0, 2], "columns": [2, 3], "cells": 2},
                        ],
                        [
                            {"rows": [2, 3], "columns": [0, 2], "cells": 2},
                            {"rows": [2, 3], "columns": [2, 3], "cells": 1},
                        ],
                    ],
                    "winners": [[[[0, 1], [1, 1]], [[0, 2]]], [[[2, 1]], [[2, 2]]]],
                }
            ]
        }
    )

    output: Image = Field(description="(H', W') or (C, H', W'), as the input.")
    output_size: list[int] = Field(description="Height and width of the output.")
    windows: list[list[WindowOut]] = Field(description="The window of each output cell, row by row.")
    winners: Annotated[list[Any] | None, NotNull()] = Field(
        default=None,
        description="Only for max: for each output cell (nested as output is) the [row, column] of every winner.",
    )


def pool_json(request: PoolRequest) -> bytes:
    """Pool and write the reply.

    Raises
    ------
    EngineError
        If the window does not fit the input.
    RefusedError
        If a sum is too large for float64.
    """
    layer = request.layer()
    maps = request.input.reshape(-1, *request.input.shape[-2:])
    layer.output_shape(maps.shape)  # raises, naming the layer, if no window fits
    with np.errstate(all="ignore"):
        output = layer.forward({}, maps[None])[0][0]
    if not np.isfinite(output).all():
        raise RefusedError.overflow("pool", "input")
    rows, columns = (_ranges(layer, axis, maps.shape[1 + axis], output.shape[1 + axis]) for axis in (0, 1))
    flat = request.input.ndim == 2
    reply = {
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
        winners = [
            _winners(image, best, rows, columns, request.tie_break) for image, best in zip(maps, output, strict=True)
        ]
        reply["winners"] = winners[0] if flat else winners
    return to_json(reply)


def _ranges(layer: Pool2d, axis: int, size: int, windows: int) -> list[Pair]:
    """Per window of one axis, its first cell and the cell after its last."""
    stride = (layer.stride or layer.kernel_size)[axis]
    cells: list[list[int]] = [[] for _ in range(windows)]
    for seeing, seen in axis_overlap(size, windows, layer.kernel_size[axis], stride, layer.padding[axis]):
        for window, cell in zip(range(windows)[seeing], range(size)[seen], strict=True):
            cells[window].append(cell)
    return [(seen[0], seen[-1] + 1) for seen in cells]


def _winners(
    image: NDArray[np.float64], best: NDArray[np.float64], rows: list[Pair], columns: list[Pair], tie_break: TieBreak
) -> list[list[list[list[int]]]]:
    """Per window of one map, the cells that equal its maximum: the first of them, or all."""
    most = 1 if tie_break == "first" else None
    return [
        [
            np.add(np.argwhere(image[top:bottom, left:right] == best[row, column])[:most], (top, left)).tolist()
            for column, (left, right) in enumerate(columns)
        ]
        for row, (top, bottom) in enumerate(rows)
    ]
