"""Serialize responses from arrays to JSON, and reject NaN and infinity."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import orjson

from ..engine.exceptions import NotFiniteError

PART: Final = 10_000
"""Values written at a time, in about a millisecond: orjson lets no other thread run meanwhile."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> bytes:
    """Return `value`, with numpy arrays anywhere in it, as JSON.

    Every float is written with the fewest digits that read back as the same float. JSON has no NaN or infinity: orjson
    writes ``null`` for them; `finite_json` raises an error instead.
    """
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def json_in_slices(value: Any) -> Iterator[bytes | None]:
    """Yield None wherever the writing may be interrupted, and then what `to_json` returns."""
    if _size(value) <= PART:
        yield to_json(value)
        return
    parts: list[bytes] = []
    for part in _parts(value):
        parts.append(part)
        yield None
    yield b"".join(parts)


def finite_json(value: Any, check: Callable[[], None] = lambda: None) -> bytes:
    """Return `value`, in which nothing is None, as JSON.

    Parameters
    ----------
    check
        Raises the `NotFiniteError` that names the layer or field; called only if a number is NaN or infinite.

    Raises
    ------
    NotFiniteError
        If a number in it is NaN or infinite.
    """
    body = to_json(value)
    _check_finite(body, value, check)
    return body


def finite_json_in_slices(value: Any, check: Callable[[], None] = lambda: None) -> Iterator[bytes | None]:
    """Yield None wherever the writing may be interrupted, and then what `finite_json` returns.

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
            _check_finite(body, value, check)
        yield body


def _size(value: Any) -> int:
    """Return the approximate number of values to write."""
    size, values = 0, [value]
    while values:
        value = values.pop()
        kind = type(value)
        if kind is dict:
            values.extend(value.values())
        elif kind is list or kind is tuple:
            values.extend(value)
        else:
            size += value.size if kind is np.ndarray else 1
    return size


def _parts(value: Any) -> Iterator[bytes]:
    """Yield the JSON of a value in parts of about `PART` values."""
    size = _size(value)
    if size <= PART or not isinstance(value, dict | list | tuple | np.ndarray):
        yield to_json(value)
    elif isinstance(value, dict):
        before = b"{"
        for key, of_key in value.items():
            yield before + to_json({key: 0}).removeprefix(b"{").removesuffix(b"0}")
            yield from _parts(of_key)
            before = b","
        yield b"}"
    else:
        count = max(1, PART * len(value) // size)
        before = b"["
        for start in range(0, len(value), count):
            yield before
            before = b","
            if count == 1:
                yield from _parts(value[start])
            else:
                yield to_json(value[start : start + count])[1:-1]
        yield b"]"


def _plain(value: Any) -> Any:
    """Convert what orjson cannot write: arrays that are not C-contiguous, and numpy scalars."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _check_finite(body: bytes, value: Any, check: Callable[[], None]) -> None:
    # NaN and infinity are written as null, but a name may contain "null" too.
    if b"null" in body and not _is_finite(value):
        check()
        raise NotFiniteError("the response", field="network")


def _is_finite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float | np.floating | np.ndarray) or bool(np.isfinite(value).all())
