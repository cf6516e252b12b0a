"""An operation between its request and its work: checked, estimated, and not begun."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import Generic, TypeVar

from ..engine.work import Work

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True)
class Operation(Generic[Result]):
    """The work of a request, with its estimate, before anything is allocated.

    Attributes
    ----------
    work
        Estimate of all of it. It keeps the response, and drops everything else.
    run
        Begins the work: yields None wherever it may be interrupted, and each part of the response.
    field
        The field to name if the memory, or a part that cannot be interrupted, exceeds a limit.
    longest
        Cost of the longest part that cannot be interrupted; None if that is all of it.
    total_field
        The field to name if all of the work exceeds a limit; `field` if empty.
    streamed
        Whether each part of the response is sent as soon as it is there.
    """

    work: Work
    run: Callable[[], Iterator[Result | None]]
    field: str
    longest: int | None = None
    total_field: str = ""
    streamed: bool = False


RESERVED = 180
"""Bytes that orjson reserves for an item of a list before it writes the first: 128, of a buffer that doubles."""
ARRAY_LIST = 120
"""Bytes that orjson takes for each list in an array, all of them before it writes the first."""


def json_work(
    *,
    numbers: int = 0,
    rows: int = 0,
    integers: int = 0,
    booleans: int = 0,
    objects: int = 0,
    longest: int = 0,
    array_lists: int = 0,
    whole: bool = True,
) -> Work:
    """Estimate of writing JSON, which it keeps; a number with all its digits takes up to 25 bytes.

    Parameters
    ----------
    numbers, rows
        Floats, and the innermost lists that they stand in.
    integers, booleans
        Other values in arrays.
    objects
        Objects with a few fields, which are also made in Python.
    longest
        Items of the longest list that is not in an array.
    array_lists
        Lists, and lists of lists, in the array that has most of them.
    whole
        Whether the objects are there when the writing begins.
    """
    cost = 170 * numbers + 1_000 * rows + 100 * integers + 25 * booleans + 6_000 * objects
    written = 25 * numbers + 2 * rows + 8 * integers + 6 * booleans + 150 * objects
    held = (2_500 * objects if whole else 0) + 16 * booleans + RESERVED * longest + ARRAY_LIST * array_lists
    return Work(cost + 20_000, written, written + held)


def array_json_work(*shapes: tuple[int, ...]) -> Work:
    """Estimate of writing arrays of floats."""
    numbers, rows, array_lists = 0, 0, 0
    for shape in shapes:
        *outer, of_shape = accumulate(shape, mul, initial=1)
        numbers += of_shape
        rows += outer[-1] if outer else 1
        array_lists = max(array_lists, sum(outer[1:]))
    return json_work(numbers=numbers, rows=rows, array_lists=array_lists)


def answered(preparation: Work, response: Work) -> Work:
    """Return the estimate of some work and of writing its response, which alone is kept."""
    work = preparation + response
    return Work(work.cost, response.kept, work.peak)
