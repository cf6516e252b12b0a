"""One pooling window: its cells, who wins, and who gets which part of its error."""

from __future__ import annotations

from typing import NamedTuple

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
    a, best = passes.numbers("relu")[o], passes.numbers("pool")[o][row][column]
    values = [[a[r][c] for c in columns] for r in rows]
    cells: list[list[str | None]] = [[f"relu[{o}][{r}][{c}]" for c in columns] for r in rows]
    if pipeline.averages:
        part = 1 / (len(rows) * len(columns))
        none = [[False] * len(columns) for _ in rows]
        return Window(rows, columns, values, cells, none, 0, [[part] * len(columns) for _ in rows])
    ties = sum(value == best for line in values for value in line)
    only_first = isinstance(pipeline.pool, MaxPool2d) and pipeline.pool.tie_break == "first"
    wins: list[list[bool]] = []
    found = False
    for line in values:
        wins.append([])
        for value in line:
            win = value == best and not (found and only_first)
            wins[-1].append(win)
            found = found or win
    return Window(rows, columns, values, cells, wins, ties, [[float(win) for win in line] for line in wins])
