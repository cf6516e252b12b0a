"""Estimate what work takes before it begins: its time, counted in multiply-adds, and its memory.

Whatever makes arrays declares a `Work` beside the code that makes them: each layer for its passes, the network for its
layers, a training step for its buffers. Estimates add up as the work does, so nothing that is composed of estimated
parts can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

MULTIPLY_ADDS_PER_SECOND = 5_000_000_000
"""Multiply-adds of a matrix product that one core does in a second; the unit of every `Work.cost`."""
CALL = 7_000
"""Multiply-adds that take as long as calling numpy once, whatever the size of the arrays."""
SLICED_CALL = 18_000
"""Likewise for a call with views that Python slices first."""
NUMBER = 5
"""Likewise for reading and writing one number of an array."""
GATHERED = 20
"""Likewise for taking one number from where an index says."""
ROW = 60
"""Likewise for going on to the next row of numbers, where those of a view lie apart."""
FLOAT = 8
"""Bytes of a number."""


ESTIMATES_KEPT = 64
"""Estimates that one object keeps."""

Owner = TypeVar("Owner")
Arguments = ParamSpec("Arguments")
Estimate = TypeVar("Estimate")


def estimated_once(
    method: Callable[Concatenate[Owner, Arguments], Estimate],
) -> Callable[Concatenate[Owner, Arguments], Estimate]:
    """Make a method of an immutable object keep its results, by its arguments."""

    def once(self: Owner, /, *args: Arguments.args, **options: Arguments.kwargs) -> Estimate:
        kept: dict[Any, Estimate] = self.__dict__.setdefault("_estimates", {})
        key = (method.__name__, args, *options.items())
        if key not in kept:
            if len(kept) >= ESTIMATES_KEPT:
                kept.clear()
            kept[key] = method(self, *args, **options)
        return kept[key]

    update_wrapper(once, method)
    return once


@dataclass(frozen=True, slots=True)
class Work:
    """Estimate of some work.

    Attributes
    ----------
    cost
        Multiply-adds that take as long.
    kept
        Bytes of what it leaves for the work after it.
    peak
        Bytes that it holds at most at any time, `kept` included.
    """

    cost: int = 0
    kept: int = 0
    peak: int = 0

    @classmethod
    def of(
        cls,
        *,
        products: int = 0,
        calls: int = 0,
        sliced: int = 0,
        moved: int = 0,
        gathered: int = 0,
        rows: int = 0,
        kept: int = 0,
        temporary: int = 0,
    ) -> Work:
        """Return the estimate of array operations.

        Parameters
        ----------
        products
            Multiply-adds of matrix products.
        calls, sliced
            Calls of numpy, and calls with sliced views.
        moved
            Numbers read or written, besides those of the new arrays.
        gathered
            Numbers taken by an index.
        rows
            Rows of views: stretches of numbers that lie side by side.
        kept, temporary
            Numbers of new arrays that are left and of those that are dropped; each is written once.
        """
        made = kept + temporary
        numbers = NUMBER * (moved + made) + GATHERED * gathered + ROW * rows
        return cls(products + CALL * calls + SLICED_CALL * sliced + numbers, FLOAT * kept, FLOAT * made)

    def __add__(self, then: Work) -> Work:
        """Return the estimate of this work and then another, which begins while the results of this one are held."""
        return Work(self.cost + then.cost, self.kept + then.kept, max(self.peak, self.kept + then.peak))

    def __mul__(self, times: int) -> Work:
        """Return the estimate of the work done `times` times, all results held."""
        return Work(self.cost * times, self.kept * times, self.kept * (times - 1) + self.peak) if times else Work()

    def repeated(self, times: int) -> Work:
        """Return the estimate of the work done `times` times, each result dropped before the next."""
        return Work(self.cost * times, self.kept, self.peak)

    def dropping(self, kept: int | None = None) -> Work:
        """Return the same work after which `kept` bytes are dropped, or all that it leaves."""
        return Work(self.cost, 0 if kept is None else self.kept - kept, self.peak)
