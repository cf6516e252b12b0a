"""What a preset kernel is: whole numbers over one divisor, with a name and an honest description."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A named matrix, ``matrix = numerators / divisor``.

    Whole numbers over one divisor, so that each weight is the exact fraction after a single correctly rounded division
    and the page can show "1/16" instead of 0.0625.

    Parameters
    ----------
    id : str
        What requests call it: lower-case words joined by hyphens.
    name, family : str
        What people call it, and the heading it is listed under.
    about : str
        One sentence that says what it does and no more than that.
    numerators : tuple of tuple of int
        The rows, before division.
    divisor : int
        What every numerator is divided by; at least 1.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If the rows are empty or of different lengths, or the divisor is below 1.
    """

    id: str
    name: str
    family: str
    about: str
    numerators: tuple[tuple[int, ...], ...]
    divisor: int = 1
    source: str

    def __post_init__(self) -> None:
        widths = sorted({len(row) for row in self.numerators})
        if len(widths) != 1 or widths[0] == 0:
            raise ValueError(f"kernel {self.id!r}: rows of length {widths}; they must be of one length, at least 1")
        if self.divisor < 1:
            raise ValueError(f"kernel {self.id!r}: divisor {self.divisor}; it must be at least 1")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return len(self.numerators), len(self.numerators[0])

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """What is applied: float64 of shape `size`, read-only."""
        matrix = np.array(self.numerators, dtype=np.float64) / self.divisor
        matrix.flags.writeable = False
        return matrix

    @property
    def sum(self) -> float:
        """What the weights add up to, so what a flat area of ones becomes: the numerators' sum, divided once."""
        return sum(map(sum, self.numerators)) / self.divisor

    @cached_property
    def factors(self) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """A column and a row of whole numbers whose products are the numerators; None unless the kernel is separable.

        Separable means of rank 1: every row is a multiple of one row. Then an H x W kernel is an H x 1 kernel followed
        by a 1 x W kernel, with H + W products a cell instead of H·W.
        """
        first = next((row for row in self.numerators if any(row)), None)
        if first is None:
            return None
        shared = gcd(*first)
        row = tuple(number // shared for number in first)
        place = next(index for index, number in enumerate(row) if number)
        column = tuple(other[place] // row[place] for other in self.numerators)
        product = tuple(tuple(a * b for b in row) for a in column)
        return (column, row) if product == self.numerators else None
