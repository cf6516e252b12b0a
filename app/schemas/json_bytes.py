"""Arrays to JSON, once: numpy -> bytes with nothing in between."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson

PART: Final = 10_000
"""Values written at a time, in about a millisecond: no other thread runs while orjson writes."""

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> bytes:
    """Return `value`, with numpy arrays anywhere in it, as JSON.

    Every float is written with the fewest digits that read back as the same float. JSON has no NaN or infinity: orjson
    writes ``null`` for them, so callers that may have met one check first (`app.schemas.finite`).
    """
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def json_in_slices(value: Any) -> Iterator[bytes | None]:
    """Yield what `to_json` returns, and before it None wherever the writing may be interrupted."""
    if _size(value) <= PART:
        yield to_json(value)
        return
    parts: list[bytes] = []
    for part in _parts(value):
        parts.append(part)
        yield None
    yield b"".join(parts)


def _size(value: Any) -> int:
    """Return about how many values there are to write."""
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
    """Yield the JSON of a value, no part of it with many more than `PART` values."""
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
    """Return what orjson does not write itself: arrays that are not C-contiguous, and numpy scalars."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
