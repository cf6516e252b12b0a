"""Padding, stride, dilation, output size and sliding windows: the one place that knows windows.

A *window* is what one output cell looks at: ``kernel_size`` cells, ``dilation`` apart. Windows start at
``-padding`` and step by ``stride``. Cells outside the input are *missing*; no padded copy is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TypeAlias

import numpy as np

from app.engine.arrays import Array, BoolArray, IndexArray, Padding, Pair
from app.engine.exceptions import ShapeError

NO_PADDING: Padding = ((0, 0), (0, 0))

GATHER_LIMIT = 16_384
"""Up to this many gathered numbers one `take` is faster than a slice copy per kernel cell (benchmarks/forward.py)."""

Region: TypeAlias = tuple[slice, slice]


def span(kernel: int, dilation: int = 1) -> int:
    """Cells from the first to the last that a window covers on one axis: dilation·(kernel − 1) + 1."""
    return dilation * (kernel - 1) + 1


def output_size(
    size: int, kernel: int, stride: int = 1, padding: Pair = (0, 0), dilation: int = 1, ceil_mode: bool = False
) -> int:
    """Number of windows on one axis: ⌊(size + before + after − span) / stride⌋ + 1.

    With `ceil_mode` the division rounds up, so that windows may reach beyond the padded input, but the last one must
    start inside the input or its left padding, else it is dropped (as PyTorch defines it).

    Raises
    ------
    ShapeError
        If not even one window fits.
    """
    before, after = padding
    room = size + before + after - span(kernel, dilation)
    windows = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (windows - 1) * stride >= size + before:
        windows -= 1
    if size < 1 or windows < 1:
        raise ShapeError(
            f"kernel {kernel}{_spanning(kernel, dilation)} exceeds the padded input {size + before + after}",
            where="window",
            field="kernel_size",
            value=kernel,
            allowed=f"a span of at most {size + before + after}",
        )
    return windows


def same_padding(kernel_size: Pair, dilation: Pair = (1, 1)) -> Padding:
    """Padding that keeps the size at stride 1; an odd remainder goes to the bottom and right (as in PyTorch)."""
    vertical, horizontal = (span(kernel, step) - 1 for kernel, step in zip(kernel_size, dilation, strict=True))
    return (vertical // 2, vertical - vertical // 2), (horizontal // 2, horizontal - horizontal // 2)


def axis_overlap(
    size: int, windows: int, kernel: int, stride: int = 1, padding: Pair = (0, 0), dilation: int = 1
) -> tuple[tuple[slice, slice], ...]:
    """Per kernel cell of one axis: which windows have that cell inside the input, and the input cells they see.

    Kernel cell k of window w sees input cell ``w·stride − before + k·dilation``; both slices have the same length.
    """
    overlaps = []
    for offset in (k * dilation - padding[0] for k in range(kernel)):
        first = max(0, -(offset // stride))
        last = min(windows - 1, (size - 1 - offset) // stride)
        if last < first:
            overlaps.append((slice(0, 0), slice(0, 0)))
        else:
            seen = slice(first * stride + offset, last * stride + offset + 1, stride)
            overlaps.append((slice(first, last + 1), seen))
    return tuple(overlaps)


def axis_cells(window: int, kernel: int, stride: int = 1, padding: Pair = (0, 0), dilation: int = 1) -> range:
    """Input cell that each kernel cell of one window sees on one axis; outside the input negative or beyond its end."""
    start = window * stride - padding[0]
    return range(start, start + span(kernel, dilation), dilation)


def axis_windows(
    cell: int, windows: int, kernel: int, stride: int = 1, padding: Pair = (0, 0), dilation: int = 1
) -> tuple[int | None, ...]:
    """Per kernel cell of one axis: the window in which it sees input cell `cell`, None if there is none."""
    starts = (cell + padding[0] - k * dilation for k in range(kernel))
    return tuple(
        start // stride if start % stride == 0 and 0 <= start // stride < windows else None for start in starts
    )


@dataclass(frozen=True)
class Windows:
    """Every window of one geometry over maps of one size; made and kept by `windows_over`.

    With K = kH·kW cells in a window and P = output height · output width windows. It holds only what follows from
    the geometry, never numbers of a map, and is safe to share.
    """

    input_size: Pair
    output_size: Pair
    kernel_size: Pair
    stride: Pair
    padding: Padding
    dilation: Pair

    @cached_property
    def depth(self) -> int:
        """K, the number of cells in a window."""
        return prod(self.kernel_size)

    @cached_property
    def count(self) -> int:
        """P, the number of windows on one map."""
        return prod(self.output_size)

    @cached_property
    def cells(self) -> tuple[tuple[Region, Region], ...]:
        """Per kernel cell, row by row: the windows that have it inside the input, and the input cells they see."""
        rows, columns = (
            axis_overlap(*axis)
            for axis in zip(
                self.input_size,
                self.output_size,
                self.kernel_size,
                self.stride,
                self.padding,
                self.dilation,
                strict=True,
            )
        )
        return tuple(
            ((row_windows, column_windows), (row_cells, column_cells))
            for row_windows, row_cells in rows
            for column_windows, column_cells in columns
        )

    @cached_property
    def index(self) -> IndexArray:
        """(K, P): the flat input cell that each kernel cell of each window sees.

        A missing cell stands for the first cell of its window that is not missing, so a maximum over the window needs
        no special case; a sum must leave out `missing`.
        """
        height, width = self.input_size
        index = np.full((len(self.cells), *self.output_size), -1, dtype=np.intp)
        flat = np.arange(height * width, dtype=np.intp).reshape(height, width)
        for of_cell, (windows, seen) in zip(index, self.cells, strict=True):
            of_cell[windows] = flat[seen]
        flat_index = index.reshape(self.depth, self.count)
        first = np.take_along_axis(flat_index, np.argmax(flat_index >= 0, axis=0)[None], axis=0)
        # A window that lies in the padding alone has no cell at all: any will do, all are missing.
        # (It stays writeable: `take` copies an index that is not, which costs as much again as the taking.)
        return np.where(flat_index >= 0, flat_index, np.maximum(first, 0))

    @cached_property
    def missing(self) -> BoolArray | None:
        """(K, P): true where a window's cell lies outside the input; None if none does."""
        missing = np.ones((len(self.cells), *self.output_size), dtype=np.bool_)
        for of_cell, (windows, _) in zip(missing, self.cells, strict=True):
            of_cell[windows] = False
        missing.flags.writeable = False
        return missing.reshape(self.depth, self.count) if missing.any() else None

    @cached_property
    def counts(self) -> IndexArray:
        """(output height, output width): how many cells of each window lie inside the input."""
        counts = np.zeros(self.output_size, dtype=np.intp)
        for windows, _ in self.cells:
            counts[windows] += 1
        counts.flags.writeable = False
        return counts

    @cached_property
    def gather_maps(self) -> int:
        """How many maps are few enough for one `take` over the cached index."""
        return GATHER_LIMIT // (self.depth * self.count)

    def gather(self, x: Array) -> Array:
        """(N, C, H, W) -> (N·C, K, P) by one `take`; what stands for a missing cell is said at `index`."""
        gathered: Array = x.reshape(x.shape[0] * x.shape[1], -1).take(self.index, axis=1)
        return gathered

    def stack_index(self, channels: int) -> IndexArray:
        """(C, K, P): `index` for each map of a stack (C, H, W), counted from the start of the stack."""
        starts = prod(self.input_size) * np.arange(channels, dtype=np.intp)
        return self.index + starts[:, None, None]

    def columns(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C·K, P): every window as a column, 0 where a cell is missing ("im2col")."""
        images, channels, _, _ = x.shape
        if images * channels <= self.gather_maps:
            columns = self.gather(x)
            if self.missing is not None:
                np.copyto(columns, 0, where=self.missing)
        else:
            columns = np.zeros((images, channels, self.depth, *self.output_size), dtype=x.dtype)
            for cell, (outputs, inputs) in enumerate(self.cells):
                columns[:, :, cell][:, :, *outputs] = x[:, :, *inputs]
        return columns.reshape(images, -1, self.count)

    def fold(self, columns: Array) -> Array:
        """(N, C·K, P) -> (N, C, H, W): each cell the sum over its places in `columns`; the transpose of `columns`."""
        by_cell = columns.reshape(len(columns), -1, self.depth, *self.output_size)
        folded = np.zeros((*by_cell.shape[:2], *self.input_size), dtype=columns.dtype)
        for cell, (outputs, inputs) in enumerate(self.cells):
            folded[:, :, *inputs] += by_cell[:, :, cell][:, :, *outputs]
        return folded

    def tiles(self, columns: int) -> Iterator[tuple[slice, slice, Windows]]:
        """Split into bands of whole output rows with about `columns` windows each.

        Yields, band by band, the output rows, the input rows that they see, and the windows over just those rows.
        """
        (height, _), (output_height, output_width) = self.input_size, self.output_size
        (kernel, _), (stride, _), (dilation, _) = self.kernel_size, self.stride, self.dilation
        top = self.padding[0][0]
        rows = max(1, columns // output_width)
        for start in range(0, output_height, rows):
            stop = min(output_height, start + rows)
            first = start * stride - top
            last = (stop - 1) * stride - top + span(kernel, dilation)
            seen = slice(min(max(0, first), height - 1), max(1, min(height, last)))
            band = Windows(
                input_size=(seen.stop - seen.start, self.input_size[1]),
                output_size=(stop - start, output_width),
                kernel_size=self.kernel_size,
                stride=self.stride,
                padding=((seen.start - first, max(0, last - seen.stop)), self.padding[1]),
                dilation=self.dilation,
            )
            yield slice(start, stop), seen, band


@lru_cache(maxsize=512)
def windows_over(
    height: int,
    width: int,
    kernel_size: Pair,
    stride: Pair = (1, 1),
    padding: Padding = NO_PADDING,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
    where: str = "window",
) -> Windows:
    """Windows of the given geometry over (height, width) maps; made once for each geometry.

    Raises
    ------
    ShapeError
        Naming `where`, if not even one window fits.
    """
    size = (height, width)
    try:
        rows, columns = (
            output_size(*axis, ceil_mode=ceil_mode)
            for axis in zip(size, kernel_size, stride, padding, dilation, strict=True)
        )
    except ShapeError:
        padded = tuple(length + sum(sides) for length, sides in zip(size, padding, strict=True))
        spans = tuple(span(kernel, step) for kernel, step in zip(kernel_size, dilation, strict=True))
        reach = f" spans {spans} with dilation {dilation} and" if spans != kernel_size else ""
        raise ShapeError(
            f"kernel_size {kernel_size}{reach} exceeds the padded input {padded}",
            where=where,
            field="kernel_size",
            value=kernel_size,
            allowed=f"at most {padded}, or more padding",
        ) from None
    return Windows(size, (rows, columns), kernel_size, stride, padding, dilation)


def _spanning(kernel: int, dilation: int) -> str:
    return f" (spanning {span(kernel, dilation)})" if dilation > 1 else ""
