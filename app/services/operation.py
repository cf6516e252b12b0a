"""An operation: a request that is checked and estimated, and whose work has not begun."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Generic, TypeVar

from ..engine.work import Work
from ..schemas.serialization import PART

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True)
class Operation(Generic[Result]):
    """The work of a request, with its estimate, before anything is allocated.

    Attributes
    ----------
    work
        Estimate of all of it; of its memory, the response is kept.
    run
        Starts the work: yields None wherever it may be interrupted, and each part of the response.
    field
        The field to name if the memory, or a part that cannot be interrupted, exceeds a limit.
    longest
        Cost of the longest part that cannot be interrupted; None if that is all of it.
    total_field
        The field to name if all of the work exceeds a limit; `field` if empty.
    streamed
        True if each part of the response is sent as soon as it is ready.
    """

    work: Work
    run: Callable[[], Iterator[Result | None]]
    field: str
    longest: int | None = None
    total_field: str = ""
    streamed: bool = False


RESERVED = 180
"""Bytes that orjson reserves for an item of a list before it writes the first: 128, of a buffer that doubles."""


def json_work(
    *,
    numbers: int = 0,
    rows: int = 0,
    integers: int = 0,
    booleans: int = 0,
    objects: int = 0,
    whole: bool = True,
) -> Work:
    """Return the estimate of writing JSON, which is kept; a number with all its digits takes up to 25 bytes.

    Parameters
    ----------
    numbers, rows
        Floats, and the innermost lists that they stand in.
    integers, booleans
        Other values in arrays.
    objects
        Objects with a few fields, which are also made in Python.
    whole
        True if all objects exist when the writing starts.
    """
    cost = 170 * numbers + 1_000 * rows + 100 * integers + 25 * booleans + 6_000 * objects
    written = 25 * numbers + 2 * rows + 8 * integers + 6 * booleans + 150 * objects
    made = (2_500 * objects if whole else 0) + 16 * booleans + RESERVED * min(integers, PART)
    return Work(cost + 20_000, written, 2 * written + made)


def array_json_work(*shapes: tuple[int, ...]) -> Work:
    """Return the estimate of writing arrays of floats."""
    return json_work(numbers=sum(map(prod, shapes)), rows=sum(prod(shape[:-1]) for shape in shapes))


def answered(preparation: Work, response: Work) -> Work:
    """Return the estimate of some work and of writing its response, which alone is kept."""
    work = preparation + response
    return Work(work.cost, response.kept, work.peak)
