"""One pooling window: its cells, who wins, and who gets which part of its error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..engine import ties
from ..engine.arrays import BoolArray
from ..engine.layers.max_pool2d import MaxPool2d
from .pass_values import PassValues


class Window(NamedTuple):
    """The cells of one pooling window that exist.

    Attributes
    ----------
    tied, wins
        Of max pooling: which cells share the maximum, and which of these win. None elsewhere.
    share
        Per cell, what part of the window's error it gets: 1 or 0, 1 / n of an average, or what the layer's own
        backward gives it.
    """

    rows: list[int]
    columns: list[int]
    values: list[list[float]]
    cells: list[list[str | None]]
    tied: list[list[bool]] | None
    wins: list[list[bool]] | None
    share: list[list[float]]

    @property
    def size(self) -> int:
        """How many cells exist."""
        return len(self.rows) * len(self.columns)

    @property
    def ties(self) -> int:
        """How many cells share the maximum."""
        return sum(map(sum, self.tied or []))

    def place(self, r: int, c: int) -> tuple[int, int]:
        """Where the map's cell (r, c) lies in the window."""
        return r - self.rows[0], c - self.columns[0]


def window_of(passes: PassValues, o: int, row: int, column: int) -> Window:
    """The window behind pool[o][row][column]."""
    pipeline = passes.pipeline
    rows, columns = pipeline.pool_cells(0, row), pipeline.pool_cells(1, column)
    a = passes.numbers("relu")[o]
    values = [[a[r][c] for c in columns] for r in rows]
    cells: list[list[str | None]] = [[f"relu[{o}][{r}][{c}]" for c in columns] for r in rows]
    if pipeline.averages:
        share = [[1 / (len(rows) * len(columns))] * len(columns) for _ in rows]
        return Window(rows, columns, values, cells, None, None, share)
    if isinstance(pipeline.pool, MaxPool2d):
        tied, wins = _decided(passes, pipeline.pool, o, (rows, columns))
        return Window(rows, columns, values, cells, tied.tolist(), wins.tolist(), wins.astype(float).tolist())
    slopes = passes.pool_slopes(o, row, column)
    return Window(rows, columns, values, cells, None, None, [[slopes[r][c] for c in columns] for r in rows])


def _decided(
    passes: PassValues, pool: MaxPool2d, o: int, cells: tuple[list[int], list[int]]
) -> tuple[BoolArray, BoolArray]:
    """Which cells share the maximum by the rule for ties, and which of them win."""
    (x, _), tolerance = passes.trace.decisions[2]
    of_window = np.ix_([o], *cells)
    tied = ties.tied(x[0][of_window][0], np.asarray(tolerance)[0][of_window][0])
    wins = tied.copy()
    if pool.tie_break == "first":
        wins[...] = False
        wins.flat[tied.argmax()] = True
    return tied, wins
