"""What a row of windows sees of one axis: where each starts, what none of them reads, and what a chain of them does.

Sizes multiply up: a layer's windows step by `stride` on its own input, but by the product of all strides before and
with it on the first input; and each reads `span` cells of its own input, so ever more of the first
(``receptive_field`` below; Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import IndexArray, Pair
from .conv_arithmetic import output_size, same_padding, span
from .exceptions import OptionError, ShapeError
from .work import Work


@dataclass(frozen=True, kw_only=True)
class AxisWindows:
    """The windows of one layer along one axis.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        As a layer's, for one axis; `padding` is (before, after).
    """

    kernel_size: int
    stride: int = 1
    padding: Pair = (0, 0)
    dilation: int = 1
    ceil_mode: bool = False


@dataclass(frozen=True)
class Coverage:
    """What one layer's windows see of their input, along one axis.

    Attributes
    ----------
    input_size, padded_size, output_size
        Cells of the input without and with its padding, and the number of windows.
    span
        Cells from the first to the last of a window.
    left_over
        What the floor of the division throws away: cells at the end of the padded input beyond the last window. With
        `ceil_mode` it may be negative: the last window reaches that many cells beyond.
    starts
        First cell of each window, counted on the input without padding.
    never_covered
        Cells of the padded input that no window reads, counted on the input without padding.
    same_padding
        The padding that keeps the size at stride 1; an odd remainder goes after.
    receptive_field, receptive_step
        Cells of the chain's first input that one output follows from, and how far neighbouring ones lie apart there.
    """

    input_size: int
    padded_size: int
    output_size: int
    span: int
    left_over: int
    starts: tuple[int, ...]
    never_covered: tuple[int, ...]
    same_padding: Pair
    receptive_field: int
    receptive_step: int


LARGEST = 2**53 - 1
"""No receptive field is larger: what JavaScript counts exactly."""


def coverage_work(size: int, layers: Sequence[AxisWindows]) -> tuple[Work, list[int]]:
    """Return the estimate of `coverage_of_chain`, and how many numbers it lists for each layer; raises as it does."""
    listed: list[int] = []
    work = Work()
    for layer, before, windows, _, _ in _chain(size, layers):
        padded = before + sum(layer.padding)
        most = windows + padded  # every window's start, and at most every cell as never covered
        listed.append(most)
        # Ints in tuples, and three arrays of one byte or eight for each cell.
        arrays = Work.of(calls=20, moved=layer.kernel_size * windows, temporary=4 * padded)
        work += arrays + Work(7_000 * layer.kernel_size + 200 * most, 40 * most, 60 * most)
    return work, listed


def _chain(size: int, layers: Sequence[AxisWindows]) -> list[tuple[AxisWindows, int, int, int, int]]:
    """Return each layer of a chain, the size before it, the number of its windows, its receptive field and step.

    Raises
    ------
    ShapeError
        If not even one window of a layer fits; `field` is ``layers.<index>.kernel_size``.
    OptionError
        If a receptive field grows beyond `LARGEST`; `field` is ``layers.<index>.stride``.
    """
    chain = []
    field, step = 1, 1
    for index, layer in enumerate(layers):
        before = size
        try:
            size = output_size(size, layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode)
        except ShapeError as error:
            error.where, error.field = f"layer {index}", f"layers.{index}.kernel_size"
            raise
        field += (span(layer.kernel_size, layer.dilation) - 1) * step
        step *= layer.stride
        if max(field, step) > LARGEST:
            raise OptionError(
                f"the strides up to this layer make a receptive field or step of {max(field, step)} cells",
                where=f"layer {index}",
                field=f"layers.{index}.stride",
                value=layer.stride,
                allowed=f"strides that keep both at most {LARGEST}",
            )
        chain.append((layer, before, size, field, step))
    return chain


def coverage_of_chain(size: int, layers: Sequence[AxisWindows]) -> tuple[Coverage, ...]:
    """Coverage of each layer of a chain, the output of one being the input of the next.

    Raises
    ------
    ShapeError
        If not even one window of a layer fits; `field` is ``layers.<index>.kernel_size``.
    OptionError
        If a receptive field grows beyond `LARGEST`; `field` is ``layers.<index>.stride``.
    """
    found: list[Coverage] = []
    for layer, before_layer, windows, field, step in _chain(size, layers):
        before, after = layer.padding
        padded, reach = before_layer + before + after, span(layer.kernel_size, layer.dilation)
        found.append(
            Coverage(
                input_size=before_layer,
                padded_size=padded,
                output_size=windows,
                span=reach,
                left_over=padded - reach - (windows - 1) * layer.stride,
                starts=tuple(range(-before, windows * layer.stride - before, layer.stride)),
                never_covered=unread(_read(padded, windows, layer), before_layer, layer.padding),
                same_padding=same_padding((layer.kernel_size, 1), (layer.dilation, 1))[0],
                receptive_field=field,
                receptive_step=step,
            )
        )
    return tuple(found)


def unread(read: IndexArray, size: int, padding: Pair) -> tuple[int, ...]:
    """The cells of a padded axis that are not among those read; both counted on the input without padding."""
    before, after = padding
    seen = np.zeros(before + size + after, dtype=bool)
    seen[read + before] = True
    return tuple((np.flatnonzero(~seen) - before).tolist())


def _read(padded: int, windows: int, layer: AxisWindows) -> IndexArray:
    """The cells that windows read, counted as `unread` wants them; kernel cells beyond the input read nothing."""
    seen = np.zeros(padded, dtype=bool)
    last = (windows - 1) * layer.stride
    for offset in range(0, layer.kernel_size * layer.dilation, layer.dilation):
        seen[offset : offset + last + 1 : layer.stride] = True
    return np.flatnonzero(seen) - layer.padding[0]
