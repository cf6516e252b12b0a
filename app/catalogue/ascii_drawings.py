"""Drawings as text, so that a person can read and check them where they are stored.

A block is a heading and then rows of ``#`` (ink) and ``.`` (paper), the drawings side by side::

    = round: 0 1
    .###. ..#..
    #...# .##..
    #...# ..#..
    #...# ..#..
    .###. .###.

The heading names the style and then the digit that each drawing shows. Blank lines separate blocks; a block whose first
line starts with "# " is a note.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Drawings:
    """Drawings that were read from text: uint8 images (n, H, W) of 0 and 1, labels (n,), and the style of each."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    styles: tuple[str, ...]


def read_drawings(text: str, size: tuple[int, int] = (5, 5)) -> Drawings:
    """Read blocks of drawings, in order.

    Parameters
    ----------
    text : str
        Blocks as the module describes them.
    size : (int, int)
        Height and width that every drawing must have.

    Raises
    ------
    ValueError
        If a heading has no name or a label that is not a digit, or a block's rows do not fit its heading; the message
        names the block.
    """
    images: list[list[list[int]]] = []
    labels: list[int] = []
    styles: list[str] = []
    blocks = [block.strip() for block in text.strip().split("\n\n")]
    for heading, *rows in (block.splitlines() for block in blocks if block and not block.startswith("# ")):
        style, shown = _read_heading(heading)
        images += _read_rows(style, rows, len(shown), size)
        labels += shown
        styles += [style] * len(shown)
    return Drawings(
        np.array(images, dtype=np.uint8).reshape(len(images), *size), np.array(labels, dtype=np.uint8), tuple(styles)
    )


def _read_heading(heading: str) -> tuple[str, list[int]]:
    style, colon, digits = heading.removeprefix("=").rpartition(":")
    if not (heading.startswith("=") and colon and style.strip() and digits.split()):
        raise ValueError(f"drawings: the heading is {heading!r}; it must be '= style: 0 1 2'")
    if not all(len(digit) == 1 and digit in "0123456789" for digit in digits.split()):
        raise ValueError(f"drawings {style.strip()!r}: the labels are {digits!r}; each must be a digit, 0 to 9")
    return style.strip(), [int(digit) for digit in digits.split()]


def _read_rows(style: str, rows: list[str], count: int, size: tuple[int, int]) -> list[list[list[int]]]:
    height, width = size
    cells = [row.split() for row in rows]
    shape = (len(cells), sorted({len(row) for row in cells}), sorted({len(cell) for row in cells for cell in row}))
    if shape != (height, [count], [width]):
        raise ValueError(
            f"drawings {style!r}: {shape[0]} rows of {shape[1]} drawings that are {shape[2]} wide; "
            f"there must be {height} rows of {count} that are {width} wide"
        )
    if not set("".join(rows)) <= set("#. "):
        raise ValueError(f"drawings {style!r}: marks {sorted(set(''.join(rows)))}; each must be '#', '.' or a space")
    return [[[int(mark == "#") for mark in row[drawing]] for row in cells] for drawing in range(count)]
