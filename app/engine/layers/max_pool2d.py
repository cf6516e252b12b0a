"""max_pool2d: the largest number of each window."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, BoolArray, Cache, IndexArray, LayerParameters, Shape, TieBreak
from ..windows import Region, Windows
from ..work import Work
from .base import DecidingLayer
from .pool2d import Pool2d

MOST_KEPT = 100_000
"""Cells of all windows together up to which the ties are kept; above that they are found again."""


@dataclass(frozen=True, kw_only=True)
class MaxPool2d(DecidingLayer, Pool2d):
    """m[c, r, q] = the maximum over the cells of window (r, q) that exist: (N, C, H, W) -> (N, C, H', W').

    As torch.nn.MaxPool2d, which knows ``tie_break="first"`` only.
    """

    type: ClassVar[str] = "max_pool2d"

    tie_break: TieBreak = field(
        default="first",
        metadata={
            "doc": "Which cells win a window whose maximum stands in several: the first, row by row (as PyTorch), or "
            "all (as the notebook)."
        },
    )

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Maximum of each window; missing cells never win."""
        images, channels, height, width = x.shape
        windows = self._windows(height, width)
        if images * channels <= windows.gather_maps:
            # A missing cell repeats one of its own window, which leaves the maximum as it is.
            m = np.maximum.reduce(windows.gather(x), axis=1)
            m = m.reshape(images, channels, *windows.output_size)
        else:
            m = np.full((images, channels, *windows.output_size), -np.inf, dtype=x.dtype)
            for outputs, inputs in windows.cells:
                so_far = m[:, :, *outputs]
                np.maximum(so_far, x[:, :, *inputs], out=so_far)
        return m, (x, m)

    def _forward_single(
        self, windows: Windows, index: IndexArray, shape: Shape, _: LayerParameters, x: Array
    ) -> tuple[Array, Cache]:
        m = np.maximum.reduce(x.take(index)).reshape(shape)
        return m, (x, m)

    def backward(
        self, parameters: LayerParameters, cache: Cache, grad_output: Array, tolerance: Array | float = 0.0
    ) -> tuple[Array, dict[str, Array]]:
        """Gradient by x: each window hands its gradient on to its winner.

        In a window whose maximum x_k stands alone, m = x_k in a whole neighbourhood, so ∂m/∂x_k = 1 and all others are
        0; a cell that wins several overlapping windows gets the sum. Where several cells tie, m has a kink: any
        weights that add up to 1 make a subgradient. "first" gives 1 to the first of them in row order; "all" gives 1
        to each, which is what the notebook does and more than a subgradient. `ties` says what ties.
        """
        grad_x = np.zeros(cache[0].shape, dtype=grad_output.dtype)
        for outputs, inputs, wins in self._wins(*self._ends(cache, tolerance)):
            grad_x[:, :, *inputs] += grad_output[:, :, *outputs] * wins
        return grad_x, {}

    def is_at_kink(self, cache: Cache, x: Array, tolerance: Array | float) -> bool:
        """Return True if cells of a window tie."""
        return any(np.logical_and(wins, again).any() for _, _, wins, again in self._tied(cache, tolerance))

    def forward_near(
        self, cache: Cache, x: Array, tolerance: Array | float, *, by_rule: bool
    ) -> Callable[[Array], Array]:
        """Follow the winner at `x` of each window; of several the largest, or by the rule the first, or all.

        Following all adds up their changes, as ``tie_break="all"`` hands the gradient on to each.
        """
        start = self.forward({}, x)[0]
        cells = start.size * prod(self.kernel_size)
        kept = [*self._tied(cache, tolerance)] if cells <= MOST_KEPT else None

        def near(other: Array) -> Array:
            change = other - x
            moved = np.zeros_like(start) if by_rule else np.full_like(start, -np.inf)
            for outputs, inputs, wins, again in kept or self._tied(cache, tolerance):
                here, so_far = change[:, :, *inputs], moved[:, :, *outputs]
                if by_rule:
                    so_far += here * (wins if self.tie_break == "all" else wins & ~again)
                else:
                    np.maximum(so_far, here, out=so_far, where=wins)
            return start + moved

        return near

    def _tied(self, cache: Cache, tolerance: Array | float) -> Iterator[tuple[Region, Region, BoolArray, BoolArray]]:
        """Per cell of the window: where its windows and inputs are, which of them it ties for, and where not first."""
        upper, least = self._ends(cache, tolerance)
        found = np.zeros(least.shape, dtype=np.bool_)
        for outputs, inputs in self._windows(*upper.shape[2:]).cells:
            wins = upper[:, :, *inputs] >= least[:, :, *outputs]
            found_here = found[:, :, *outputs]
            again = found_here.copy()
            found_here |= wins
            yield outputs, inputs, wins, again

    def is_clear(self, cache: Cache, tolerance: Array | float) -> bool:
        """Return True if no cell is a little below the maximum of a window."""
        x, m = cache
        images, channels, height, width = x.shape
        windows = self._windows(height, width)
        if images * channels <= windows.gather_maps and isinstance(tolerance, float):
            return ties.is_clear_below(windows.gather(x), m.reshape(-1, 1, windows.count), tolerance)
        upper, least = self._ends(cache, ties.CLEAR * tolerance)
        return all(
            np.count_nonzero(x[:, :, *inputs] == m[:, :, *outputs])
            == np.count_nonzero(upper[:, :, *inputs] >= least[:, :, *outputs])
            for outputs, inputs in windows.cells
        )

    def winners(self, cache: Cache, tolerance: Array | float = 0.0) -> BoolArray:
        """(N, C, H, W): true where a cell wins at least one window under `tie_break`."""
        upper, least = self._ends(cache, tolerance)
        images, channels, height, width = upper.shape
        windows = self._windows(height, width)
        if images * channels <= windows.gather_maps:
            return _gathered_winners(windows, upper, least, first=self.tie_break == "first")
        winners = np.zeros(upper.shape, dtype=np.bool_)
        for _, inputs, wins in self._wins(upper, least):
            winners[:, :, *inputs] |= wins
        return winners

    def _ends(self, cache: Cache, tolerance: Array | float) -> tuple[Array, Array]:
        """Where the interval of each input ends, and what it must reach in each window to tie: see `ties`."""
        x, m = cache
        if isinstance(tolerance, float):
            return x, m - 2 * tolerance
        return x + tolerance, self.forward({}, x - tolerance)[0]

    def winners_work(self, input_shape: Shape, images: int) -> Work:
        """All windows gathered with their places and compared, or four calls for each cell of a window."""
        windows, maps = self._windows(*input_shape[1:]), images * input_shape[0]
        winners = Work(0, maps * prod(windows.input_size), maps * prod(windows.input_size))
        if maps <= windows.gather_maps:
            compared = Work.of(calls=8, temporary=2 * maps * windows.depth * windows.count)
            return winners + (windows.gather_work(maps) + windows.stack_work(maps) + compared).dropping()
        return winners + windows.cells_work(maps, calls=4) + Work.of(temporary=maps * windows.count)

    def _wins(self, upper: Array, least: Array) -> Iterator[tuple[Region, Region, BoolArray]]:
        """Per cell of the window, row by row: where its windows and inputs are, and which of them it wins."""
        taken = np.zeros(least.shape, dtype=np.bool_)
        for outputs, inputs in self._windows(*upper.shape[2:]).cells:
            wins = upper[:, :, *inputs] >= least[:, :, *outputs]
            if self.tie_break == "first":
                taken_here = taken[:, :, *outputs]
                wins &= ~taken_here
                taken_here |= wins
            yield outputs, inputs, wins


def _gathered_winners(windows: Windows, upper: Array, least: Array, *, first: bool) -> BoolArray:
    """As `MaxPool2d.winners`, by one `take` of every window: a quarter of the time on small maps."""
    maps = upper.shape[0] * upper.shape[1]
    index = windows.index[None] if maps == 1 else windows.stack_index(maps)
    # A missing cell stands for the first of its window that exists, so that it wins only where that does.
    wins = upper.take(index) >= least.reshape(maps, 1, -1)
    if first:
        wins &= wins.argmax(axis=1, keepdims=True) == np.arange(windows.depth)[:, None]
    winners = np.zeros(upper.shape, dtype=np.bool_)
    winners.reshape(-1)[index[wins]] = True
    return winners
