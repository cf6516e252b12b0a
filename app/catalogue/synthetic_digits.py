"""A program that scribbles digits on a small grid: skeletons of strokes, shaken, placed, and traced over the cells.

It gives drawings in no style of the data set `digits`, as many as one likes, all from one random generator; the data
set `scribbles` and what the opening network learns from are made with it.
"""

from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]
Stroke: TypeAlias = tuple[Point, ...]
Skeleton: TypeAlias = tuple[Stroke, ...]

SIZE: Final = 5
WOBBLE: Final = 0.06
"""Standard deviation by which each point of a skeleton moves, in parts of the digit's width and height."""
SLANT: Final = 0.12
"""Standard deviation of the slant, in widths from top to bottom."""
LEAST_INK: Final = 0.3
"""Length of stroke within a cell, in cell widths, from which the cell is ink."""
STEP: Final = 0.1
"""Length of the pieces in which a stroke is traced, in cell widths."""


def _oval(top: float, bottom: float, start: float, points: int) -> Stroke:
    """A closed oval of full width between two heights, from `start` (in turns; 0 is the right, 0.25 the bottom)."""
    turns = 2 * np.pi * (start + np.linspace(0, 1, points))
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    return tuple((0.5 + 0.5 * float(np.cos(turn)), middle + half * float(np.sin(turn))) for turn in turns)


# Points are (across, down), from (0, 0) at the top left of the digit to (1, 1) at its bottom right.
SKELETONS: Final[tuple[tuple[Skeleton, ...], ...]] = (
    (
        (_oval(0, 1, -0.25, 17),),
        (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),),
    ),
    (
        (((0.5, 0), (0.5, 1)),),
        (((0, 0.3), (0.5, 0), (0.5, 1)),),
        (((0, 0.3), (0.5, 0), (0.5, 1)), ((0, 1), (1, 1))),
        (((0.5, 0), (0.5, 1)), ((0.1, 1), (0.9, 1))),
        (((0.2, 0), (0.5, 0), (0.5, 1)),),
        (((0.5, 0), (0.5, 0.8), (0.8, 1)),),
    ),
    (
        (((0, 0.2), (0.3, 0), (0.7, 0), (1, 0.2), (1, 0.35), (0, 1), (1, 1)),),
        (((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 1), (1, 1)),),
        (((0, 0), (0.8, 0), (1, 0.25), (0.6, 0.5), (0, 0.8), (0, 1), (1, 1)),),
        (((0, 0.25), (0.5, 0), (1, 0.25), (0.5, 0.7), (0, 1), (1, 1)),),
    ),
    (
        (((0, 0), (1, 0), (1, 0.5), (0.3, 0.5)), ((1, 0.5), (1, 1), (0, 1))),
        (((0, 0.1), (0.5, 0), (1, 0.2), (0.4, 0.48), (1, 0.75), (0.5, 1), (0, 0.95)),),
        (((0, 0), (1, 0), (0.4, 0.45), (1, 0.7), (0.6, 1), (0, 1)),),
    ),
    (
        (((0, 0), (0, 0.6), (1, 0.6)), ((0.8, 0), (0.8, 1))),
        (((0.7, 1), (0.7, 0), (0, 0.65), (1, 0.65)),),
        (((0, 0), (0, 0.5), (1, 0.5)), ((1, 0), (1, 1))),
        (((0.4, 0), (0, 0.6), (1, 0.6)), ((0.7, 0.35), (0.7, 1))),
        (((0, 0), (0, 0.6), (1, 0.6)), ((0.55, 0.3), (0.55, 1))),
    ),
    (
        (((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)),),
        (((1, 0), (0, 0), (0, 0.45), (0.6, 0.42), (1, 0.7), (0.6, 1), (0, 1)),),
        (((0.9, 0), (0.1, 0), (0.1, 0.4), (0.7, 0.5), (0.9, 0.75), (0.5, 1), (0, 0.95)),),
    ),
    (
        (((0.8, 0), (0.2, 0.3), (0, 0.7), (0.3, 1), (0.8, 1), (1, 0.75), (0.7, 0.5), (0, 0.6)),),
        (((0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
        (((1, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
        (((0.3, 0), (0, 0.5), (0.1, 0.9), (0.5, 1), (1, 0.8), (0.8, 0.5), (0, 0.55)),),
    ),
    (
        (((0, 0), (1, 0), (0.4, 1)),),
        (((0, 0), (1, 0), (1, 1)),),
        (((0, 0.2), (0, 0), (1, 0), (0.5, 1)),),
        (((0, 0), (1, 0), (0.5, 1)), ((0.2, 0.5), (0.9, 0.5))),
        (((0, 0), (1, 0), (0.5, 0.5), (0.5, 1)),),
        (((0, 0), (1, 0), (0, 1)),),
    ),
    (
        (_oval(0, 0.5, 0.25, 13), _oval(0.5, 1, -0.25, 13)),
        (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), ((0, 0.5), (1, 0.5))),
        (((0.9, 0.1), (0.3, 0), (0.1, 0.25), (0.9, 0.75), (0.6, 1), (0.1, 0.8), (0.9, 0.2)),),
    ),
    (
        (((1, 0.3), (0.6, 0.5), (0, 0.4), (0.1, 0.1), (0.5, 0), (1, 0.1), (1, 0.4), (0.8, 1)),),
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1)),),
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1)),),
        (((0.9, 0.4), (0.2, 0.5), (0, 0.2), (0.5, 0), (0.9, 0.2), (0.6, 1)),),
        (((0.8, 0.4), (0.2, 0.5), (0, 0.2), (0.5, 0), (0.8, 0.2), (0.8, 0.7), (0.2, 1)),),
    ),
)
"""The ways to write each digit, 0 to 9."""

# Cells from a digit's first column to its last and how often: a 1 is slim, everything else at least three columns.
_SPANS: Final = (2, 3, 4)
_SPAN_SHARES: Final = (0.35, 0.4, 0.25)
_SPANS_OF_1: Final = (1, 2, 3, 4)
_SPAN_SHARES_OF_1: Final = (0.4, 0.35, 0.2, 0.05)
_SHORT_SHARE: Final = 0.12


def scribble(rng: np.random.Generator, digit: int) -> NDArray[np.uint8]:
    """Draw a digit once more, differently each time.

    A skeleton of the digit is chosen, its points shaken, and it is slanted, stretched to a width and a height (five
    rows, now and then four) and put somewhere on the grid. Cells with enough stroke in them are ink.

    Parameters
    ----------
    rng : Generator
        Where every choice comes from: the same generator draws the same.
    digit : int
        0 to 9.

    Returns
    -------
    ndarray of uint8, shape (5, 5)
        0 is paper, 1 is ink.
    """
    skeletons = SKELETONS[digit]
    spans, shares = (_SPANS_OF_1, _SPAN_SHARES_OF_1) if digit == 1 else (_SPANS, _SPAN_SHARES)
    while True:
        skeleton = skeletons[rng.integers(len(skeletons))]
        across = int(rng.choice(spans, p=shares))
        down = SIZE - 2 if rng.random() < _SHORT_SHARE else SIZE - 1
        left, top = rng.integers(SIZE - across), rng.integers(SIZE - down)
        slant = rng.normal(0, SLANT)
        length = np.zeros((SIZE, SIZE))
        for stroke in skeleton:
            points = np.array(stroke) + rng.normal(0, WOBBLE, (len(stroke), 2))
            points[:, 0] += slant * (0.5 - points[:, 1])
            _trace(points * (across, down) + (left + 0.5, top + 0.5), length)
        image = (length > LEAST_INK).astype(np.uint8)
        # A wobble may leave a row of the intended height empty: then it is drawn again.
        if np.count_nonzero(image.any(axis=1)) > down:
            return image


def _trace(points: NDArray[np.float64], length: NDArray[np.float64]) -> None:
    """Add to each cell the length of the polyline `points` within it; what leaves the grid counts at its edge."""
    for start, end in pairwise(points):
        distance = float(np.hypot(*(end - start)))
        pieces = max(2, int(distance / STEP))
        middles = start + (end - start) * ((np.arange(pieces) + 0.5) / pieces)[:, None]
        across, down = np.clip(np.floor(middles).astype(int), 0, SIZE - 1).T
        np.add.at(length, (down, across), distance / pieces)
