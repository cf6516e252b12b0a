"""Sliding windows over maps, with padding, stride and dilation; `conv_arithmetic` has what is true of each axis.

A *window* is what one output cell looks at: ``kernel_size`` cells, ``dilation`` apart. Windows start at
``-padding`` and step by ``stride``. Cells outside the input are *missing*; no padded copy is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .arrays import Array, BoolArray, IndexArray, Padding, Pair
from .caching import cached_if_small
from .conv_arithmetic import Overlap, axis_overlap, output_size, span
from .exceptions import ShapeError, bracketed
from .work import SLICED_CALL, Work

NO_PADDING: Padding = ((0, 0), (0, 0))

GATHER_LIMIT = 16_384
"""Up to this many gathered numbers one `take` is faster than a slice copy per kernel cell (benchmarks/forward.py)."""

BAND_NUMBERS = 262_144
"""Numbers that a band of a large map keeps at once: they fit the cache of a core (benchmarks/conv2d.py)."""

FAR = 4
"""Numbers so far apart, or further, are rarely in the same line of a cache: each counts as a row."""

KEPT = 48
"""Geometries that are kept, each with at most some 17 bytes for each of `GATHER_LIMIT` numbers: 13 MB in all."""

Region: TypeAlias = tuple[slice, slice]


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
    def is_small(self) -> bool:
        """Whether its windows have so few numbers that they are gathered, and that what it knows of each is kept."""
        return self.depth * self.count <= GATHER_LIMIT

    @cached_property
    def depth(self) -> int:
        """K, the number of cells in a window."""
        return prod(self.kernel_size)

    @cached_property
    def count(self) -> int:
        """P, the number of windows on one map."""
        return prod(self.output_size)

    @cached_property
    def overlaps(self) -> tuple[tuple[Overlap, ...], tuple[Overlap, ...]]:
        """`axis_overlap` of the rows and of the columns."""
        sizes = (self.input_size, self.output_size, self.kernel_size, self.stride, self.padding, self.dilation)
        rows, columns = zip(*sizes, strict=True)
        return axis_overlap(*rows), axis_overlap(*columns)

    @cached_property
    def complete(self) -> bool:
        """Whether every cell of every window lies inside the input."""
        every = (slice(0, windows) for windows in self.output_size)
        return all(some == all_of for all_of, axis in zip(every, self.overlaps, strict=True) for some, _ in axis)

    @property
    def cells(self) -> tuple[tuple[Region, Region], ...]:
        """Per kernel cell, row by row: the windows that have it inside the input, and the input cells they see."""
        return tuple(
            ((row_windows, column_windows), (row_cells, column_cells))
            for (row_windows, row_cells), (column_windows, column_cells) in product(*self.overlaps)
        )

    @cached_if_small
    def index(self) -> IndexArray:
        """(K, P): the flat input cell that each kernel cell of each window sees.

        A missing cell stands for the first cell of its window that is not missing, so a maximum over the window needs
        no special case; a sum must leave out `missing`.
        """
        height, width = self.input_size
        index = np.full((self.depth, *self.output_size), -1, dtype=np.intp)
        flat = np.arange(height * width, dtype=np.intp).reshape(height, width)
        for of_cell, (windows, seen) in zip(index, self.cells, strict=True):
            of_cell[windows] = flat[seen]
        flat_index = index.reshape(self.depth, self.count)
        first = np.take_along_axis(flat_index, np.argmax(flat_index >= 0, axis=0)[None], axis=0)
        # A window that lies in the padding alone has no cell at all: any will do, all are missing.
        # (It stays writeable: `take` copies an index that is not, which costs as much again as the taking.)
        return np.where(flat_index >= 0, flat_index, np.maximum(first, 0))

    @cached_if_small
    def padding_mask(self) -> BoolArray | None:
        """(K, P): true where a window's cell lies outside the input; None if none does."""
        missing = np.ones((self.depth, *self.output_size), dtype=np.bool_)
        for of_cell, (windows, _) in zip(missing, self.cells, strict=True):
            of_cell[windows] = False
        missing.flags.writeable = False
        return missing.reshape(self.depth, self.count) if missing.any() else None

    @cached_if_small
    def counts(self) -> IndexArray:
        """(output height, output width): how many cells of each window lie inside the input."""
        of_rows, of_columns = (np.zeros(windows, dtype=np.intp) for windows in self.output_size)
        for counts, axis in zip((of_rows, of_columns), self.overlaps, strict=True):
            for windows, _ in axis:
                counts[windows] += 1
        counts = np.multiply.outer(of_rows, of_columns)
        counts.flags.writeable = False
        return counts

    def setup_work(self) -> Work:
        """Estimate of making `index`, `missing` and `counts`: two slices for each cell of a window."""
        if not self.is_small:
            return Work(SLICED_CALL * sum(self.kernel_size))
        numbers = self.depth * self.count
        arrays = Work.of(calls=8, moved=4 * numbers, kept=2 * numbers, temporary=2 * numbers + prod(self.input_size))
        return Work(SLICED_CALL * self.depth) + arrays

    def cells_work(self, maps: int, calls: int) -> Work:
        """Estimate of `calls` calls for each of `cells`, over all its windows on `maps` maps."""
        # Each cell is two regions of two slices: about 700 bytes in all.
        cells = Work(SLICED_CALL * self.depth // 2, 0, 700 * self.depth)
        return cells + Work.of(sliced=self.depth * calls) + self._moved_work(maps, calls)

    def _moved_work(self, maps: int, times: int) -> Work:
        """Estimate of reading and writing all numbers of all windows `times` times."""
        rows = self.output_size[0] * self._parts_of_row
        return Work.of(moved=2 * times * maps * self.depth * self.count, rows=times * maps * self.depth * rows)

    @property
    def _parts_of_row(self) -> int:
        """Stretches of numbers side by side that one cell of a row of windows sees."""
        return self.output_size[1] if self.stride[1] >= FAR else 1

    @cached_property
    def gather_maps(self) -> int:
        """How many maps are few enough for one `take` over the cached index."""
        return GATHER_LIMIT // (self.depth * self.count)

    def gather(self, x: Array) -> Array:
        """(N, C, H, W) -> (N·C, K, P) by one `take`; what stands for a missing cell is said at `index`."""
        gathered: Array = x.reshape(x.shape[0] * x.shape[1], -1).take(self.index, axis=1)
        return gathered

    def gather_work(self, maps: int) -> Work:
        """Estimate of `gather`, and of zeros for the cells that are missing."""
        numbers = maps * self.depth * self.count
        return Work.of(calls=3, gathered=numbers, kept=numbers)

    def stack_work(self, channels: int) -> Work:
        """Estimate of `stack_index`, where it is made at all."""
        return Work.of(calls=3, kept=channels * self.depth * self.count) if channels <= self.gather_maps else Work()

    def stack_index(self, channels: int) -> IndexArray:
        """(C, K, P): `index` for each map of a stack (C, H, W), counted from the start of the stack."""
        starts = prod(self.input_size) * np.arange(channels, dtype=np.intp)
        return self.index + starts[:, None, None]

    def im2col_work(self, images: int, channels: int) -> Work:
        """Estimate of `columns`: gathered, or shifted along one axis and then along the other."""
        maps, numbers = images * channels, images * channels * self.depth * self.count
        if maps <= self.gather_maps:
            return self.gather_work(maps)
        shifted = maps * self.kernel_size[1] * self.input_size[0] * self.output_size[1]
        calls = sum(self.kernel_size)
        rows = self.input_size[0] * self._parts_of_row + self.kernel_size[0] * self.output_size[0]
        rows *= maps * self.kernel_size[1]
        return Work.of(sliced=calls, moved=shifted + numbers, rows=rows, kept=numbers, temporary=shifted)

    def col2im_work(self, images: int, channels: int) -> Work:
        """Estimate of `fold`: an addition for each cell of a window, of three views."""
        maps = images * channels
        folded = Work.of(calls=2, kept=maps * prod(self.input_size))
        return folded + self.cells_work(maps, calls=1) + self._moved_work(maps, times=1)

    def im2col(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C·K, P): every window as a column, 0 where a cell is missing ("im2col")."""
        images, channels, _, _ = x.shape
        if images * channels <= self.gather_maps:
            columns = self.gather(x)
            if self.padding_mask is not None:
                np.copyto(columns, 0, where=self.padding_mask)
        else:
            # One axis after the other: fewer copies than kernel cells, and the second moves whole runs of rows.
            (of_rows, of_columns), (height, width) = self.overlaps, self.output_size
            fresh = np.empty if self.complete else np.zeros
            shifted = fresh((images, channels, len(of_columns), x.shape[2], width), dtype=x.dtype)
            for cell, (outputs, inputs) in enumerate(of_columns):
                shifted[:, :, cell, :, outputs] = x[..., inputs]
            columns = fresh((images, channels, *self.kernel_size, height, width), dtype=x.dtype)
            for cell, (outputs, inputs) in enumerate(of_rows):
                columns[:, :, cell, :, outputs] = shifted[:, :, :, inputs]
        return columns.reshape(images, -1, self.count)

    def col2im(self, columns: Array) -> Array:
        """(N, C·K, P) -> (N, C, H, W): each cell the sum over its places in `columns`; the transpose of `columns`."""
        by_cell = columns.reshape(len(columns), -1, self.depth, *self.output_size)
        folded = np.zeros((*by_cell.shape[:2], *self.input_size), dtype=columns.dtype)
        for cell, (outputs, inputs) in enumerate(self.cells):
            folded[:, :, *inputs] += by_cell[:, :, cell][:, :, *outputs]
        return folded

    def _block_rows(self, channels: int) -> int:
        """Largest number of output rows in a band."""
        held_per_row = self.stride[0] * channels * self.kernel_size[1] * self.output_size[1]
        return min(self.output_size[0], max(1, BAND_NUMBERS // held_per_row))

    def row_blocks_work(self, channels: int) -> Work:
        """Estimate of `bands`, of which one is there at a time, and of a call with each."""
        rows, (height, width), kernel = self._block_rows(channels), self.output_size, self.kernel_size
        bands = -(-height // rows)
        held = ((rows - 1) * self.stride[0] + span(kernel[0], self.dilation[0])) * channels * kernel[1] * width
        columns = rows * channels * self.depth * width
        buffer = Work.of(temporary=held)
        each = Work.of(sliced=kernel[1] + 4, moved=held + columns, temporary=columns).repeated(bands)
        return Work(buffer.cost + each.cost, 0, buffer.peak + each.peak)

    def row_blocks(self, image: Array) -> Iterator[tuple[slice, Array]]:
        """Columns of one large image (C, H, W), band by band, so that they never leave the cache.

        Yields some output rows and their columns (rows, kH·C·kW, output width), a view of a buffer that holds each
        input row kW times, shifted: the rows that one output row sees lie there in a row. The next band overwrites it.
        """
        channels, height, _ = image.shape
        width, kernel, stride, dilation = self.output_size[1], self.kernel_size[0], self.stride[0], self.dilation[0]
        of_columns = self.overlaps[1]
        most = self._block_rows(channels)
        held = (most - 1) * stride + span(kernel, dilation)
        buffer = np.zeros((held, channels, len(of_columns), width), dtype=image.dtype)
        row, _, line, number = buffer.strides
        for start in range(0, self.output_size[0], most):
            rows = min(most, self.output_size[0] - start)
            top = start * stride - self.padding[0][0]  # the input row that the buffer's first row holds
            below = top + (rows - 1) * stride + span(kernel, dilation)
            first, last = (min(max(0, end), height) for end in (top, below))
            inside = slice(max(0, first - top), max(0, last - top))
            buffer[: inside.start] = buffer[inside.stop :] = 0
            for cell, (outputs, inputs) in enumerate(of_columns):
                buffer[inside, :, cell, outputs] = image[:, first:last, inputs].swapaxes(0, 1)
            shape = (rows, kernel, channels * len(of_columns), width)
            columns = as_strided(buffer, shape, (stride * row, dilation * row, line, number), writeable=False)
            yield slice(start, start + rows), columns.reshape(rows, -1, width)  # a copy only where rows are dilated


@lru_cache(maxsize=KEPT)
def windows_over(
    height: int,
    width: int,
    kernel_size: Pair,
    stride: Pair = (1, 1),
    padding: Padding = NO_PADDING,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
) -> Windows:
    """Windows of the given geometry over (height, width) maps; made once for each geometry.

    Raises
    ------
    ShapeError
        If not even one window fits.
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
        reach = f" spans {bracketed(spans)} with dilation {bracketed(dilation)} and" if spans != kernel_size else ""
        raise ShapeError(
            f"kernel_size {bracketed(kernel_size)}{reach} exceeds the padded input {bracketed(padded)}",
            where="window",
            field="kernel_size",
            value=kernel_size,
            allowed=f"at most {bracketed(padded)}, or more padding",
        ) from None
    return Windows(size, (rows, columns), kernel_size, stride, padding, dilation)
