"""One pooling window: its cells, who wins, and who gets which part of its error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import ties
from ..layers.max_pool2d import MaxPool2d
from .passes import Passes


class Window(NamedTuple):
    """The cells of one pooling window that exist.

    Attributes
    ----------
    share
        Per cell, what part of the window's error it gets: 1 or 0, or 1 / n of an average.
    """

    rows: list[int]
    columns: list[int]
    values: list[list[float]]
    cells: list[list[str | None]]
    wins: list[list[bool]]
    ties: int
    share: list[list[float]]

    @property
    def size(self) -> int:
        """How many cells exist."""
        return len(self.rows) * len(self.columns)

    def place(self, r: int, c: int) -> tuple[int, int]:
        """Where the map's cell (r, c) lies in the window."""
        return r - self.rows[0], c - self.columns[0]


def window_of(passes: Passes, o: int, row: int, column: int) -> Window:
    """The window behind pool[o][row][column]."""
    pipeline = passes.pipeline
    rows, columns = pipeline.pool_cells(0, row), pipeline.pool_cells(1, column)
    a = passes.numbers("relu")[o]
    values = [[a[r][c] for c in columns] for r in rows]
    cells: list[list[str | None]] = [[f"relu[{o}][{r}][{c}]" for c in columns] for r in rows]
    if pipeline.averages:
        part = 1 / (len(rows) * len(columns))
        none = [[False] * len(columns) for _ in rows]
        return Window(rows, columns, values, cells, none, 0, [[part] * len(columns) for _ in rows])
    (x, m), tolerance = passes.trace.decisions[2]
    of_map = np.broadcast_to(tolerance, (1, len(x[0]), 1, 1))[0, o, 0, 0]
    tied = ties.ties_with(x[0, o][np.ix_(rows, columns)], m[0, o, row, column], of_map)
    wins = tied.copy()
    if isinstance(pipeline.pool, MaxPool2d) and pipeline.pool.tie_break == "first":
        wins[...] = False
        wins.flat[tied.argmax()] = True
    return Window(rows, columns, values, cells, wins.tolist(), int(tied.sum()), wins.astype(float).tolist())
