"""Hyper-parameters as given -> as a layer keeps them, checked against the field's own declaration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ..arrays import Padding, Pair
from ..exceptions import OptionError, bracketed


@cache
def hints_of(layer_class: type) -> dict[str, Any]:
    """Resolved annotation of every field of a layer class."""
    return get_type_hints(layer_class)


def normalize(hint: Any, value: Any, *, where: str, field: str, metadata: Mapping[str, Any]) -> Any:
    """Return `value` as a field declared with `hint` and `metadata` keeps it.

    Pairs may be given as one int, paddings as ``"valid"``, an int, (vertical, horizontal), or
    ((top, bottom), (left, right)). The bounds ``ge``, ``gt``, ``le`` of the metadata hold for each number.

    Raises
    ------
    OptionError
        If the value is not of the declared type or not within the declared bounds.
    """

    def refuse(allowed: str) -> OptionError:
        return OptionError(
            f"{field} {bracketed(value)} is not allowed", where=where, field=field, value=value, allowed=allowed
        )

    def number(candidate: Any, kind: type, described: str) -> Any:
        fits = isinstance(candidate, int) or (kind is float and isinstance(candidate, float))
        if not fits or isinstance(candidate, bool) or (isinstance(candidate, float) and not math.isfinite(candidate)):
            raise refuse(described)
        if any(not BOUNDS[bound](candidate, metadata[bound]) for bound in BOUNDS if bound in metadata):
            raise refuse(described)
        return kind(candidate)

    bounds = " and ".join(f"{SIGNS[bound]} {metadata[bound]}" for bound in BOUNDS if bound in metadata)
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if hint == Pair:
        described = f"a whole number {bounds} or [vertical, horizontal] of such"
        parts = (value, value) if isinstance(value, int) else value
        if not _is_sequence_of(parts, 2):
            raise refuse(described)
        return tuple(number(part, int, described) for part in parts)
    if hint == tuple[float, float]:
        described = f"two numbers {bounds}".rstrip()
        if not _is_sequence_of(value, 2):
            raise refuse(described)
        return tuple(number(part, float, described) for part in value)
    if hint == tuple[int, ...]:
        described = f"different whole numbers {bounds}".rstrip()
        if not isinstance(value, tuple | list):
            raise refuse(described)
        numbers = sorted(number(part, int, described) for part in value)
        if len(set(numbers)) < len(numbers):
            raise refuse(described)
        return tuple(numbers)
    if hint == Padding:
        described = "a whole number >= 0, [vertical, horizontal] or [[top, bottom], [left, right]]"
        sides = _sides_of(value)
        if sides is None:
            raise refuse(described)
        return tuple(tuple(number(part, int, described) for part in side) for side in sides)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise refuse(" or ".join(repr(choice) for choice in get_args(hint)))
        return value
    if hint is int or hint is float:
        return number(value, hint, f"a {'whole ' if hint is int else ''}number {bounds}".rstrip())
    if not isinstance(value, hint):
        raise refuse({bool: "true or false", str: "a text"}[hint])
    return value


BOUNDS: dict[str, Any] = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}
SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _sides_of(value: Any) -> tuple[Any, Any] | None:
    """A padding as two sequences of two, whatever stands in them; None if it is none."""
    if value == "valid":
        value = 0
    parts = (value, value) if isinstance(value, int) else value
    if not _is_sequence_of(parts, 2):
        return None
    vertical, horizontal = ((part, part) if isinstance(part, int) else part for part in parts)
    return (vertical, horizontal) if _is_sequence_of(vertical, 2) and _is_sequence_of(horizontal, 2) else None


def _is_sequence_of(value: Any, length: int) -> bool:
    return isinstance(value, tuple | list) and len(value) == length
