"""POST /pool: maps pooled, window by window."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from ..engine.arrays import TieBreak as TieBreak
from .arrays import Image
from .base import NotNull, RequestModel, ResponseModel
from .geometry import pair


class PoolRequest(RequestModel):
    """Maps and the windows to pool them by."""

    array_field = "input"

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


class WindowOut(ResponseModel):
    """The cells of the input that one output cell looks at, clipped to the input."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": [0, 2], "columns": [2, 3], "cells": 2}]})

    rows: list[int] = Field(min_length=2, max_length=2, description="First row, and the row after the last.")
    columns: list[int] = Field(min_length=2, max_length=2, description="First column, and the column after the last.")
    cells: int = Field(ge=1, description="How many cells that is; what an average divides by.")


class PoolResponse(ResponseModel):
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
