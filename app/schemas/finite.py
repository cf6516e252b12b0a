"""JSON that says nothing where a number is missing: NaN and infinity never travel."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..engine.exceptions import NotFiniteError
from .json_bytes import json_in_slices, to_json


def finite_json(value: Any, check: Callable[[], None] = lambda: None) -> bytes:
    """Return `value`, in which nothing is None, as JSON.

    Parameters
    ----------
    check
        Raises the `NotFiniteError` that names what is at fault; called only if a number is NaN or infinite.

    Raises
    ------
    NotFiniteError
        If a number in it is NaN or infinite.
    """
    body = to_json(value)
    _check(body, value, check)
    return body


def finite_json_in_slices(value: Any, check: Callable[[], None] = lambda: None) -> Iterator[bytes | None]:
    """Yield what `finite_json` returns, and before it None wherever the writing may be interrupted.

    Parameters
    ----------
    value, check
        As for `finite_json`.

    Raises
    ------
    NotFiniteError
        If a number in it is NaN or infinite.
    """
    for body in json_in_slices(value):
        if body is not None:
            _check(body, value, check)
        yield body


def _check(body: bytes, value: Any, check: Callable[[], None]) -> None:
    # A NaN or an infinity is written as null. A name may say "null" too: only then it is worth looking.
    if b"null" in body and not _is_finite(value):
        check()
        raise NotFiniteError("the response", field="network")


def _is_finite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float | np.floating | np.ndarray) or bool(np.isfinite(value).all())
