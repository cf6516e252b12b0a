"""Padding, stride, dilation, output size and windows of one axis.

A *window* is what one output cell looks at: ``kernel`` cells, ``dilation`` apart. Windows start at ``-before``, with
``padding = (before, after)``, and step by ``stride``. Cells outside the input are *missing*.
"""

from __future__ import annotations

from typing import TypeAlias

from .arrays import Padding, Pair
from .exceptions import ShapeError

Overlap: TypeAlias = tuple[slice, slice]  # some windows of one axis, and the input cells that they see


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
) -> tuple[Overlap, ...]:
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


def _spanning(kernel: int, dilation: int) -> str:
    return f" (spanning {span(kernel, dilation)})" if dilation > 1 else ""
