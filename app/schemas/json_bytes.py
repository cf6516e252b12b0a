"""Arrays to JSON, once: numpy -> bytes with nothing in between."""

from typing import Any

import numpy as np
import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def to_json(value: Any) -> bytes:
    """`value`, with numpy arrays anywhere in it, as JSON.

    Every float is written with the fewest digits that read back as the same float. JSON has no NaN or infinity: orjson
    writes ``null`` for them, so callers that may have met one check first (`app.schemas.finite`).
    """
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    """What orjson does not write itself: arrays that are not C-contiguous, and numpy scalars."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
