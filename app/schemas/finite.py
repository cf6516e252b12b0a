"""JSON that says nothing where a number is missing: NaN and infinity never travel."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.schemas.json_bytes import to_json
from app.schemas.refusal import RefusedError


def finite_json(value: Any, where: str) -> bytes:
    """`value`, in which nothing is None, as JSON.

    Raises
    ------
    RefusedError
        If a number in it is NaN or infinite: one that `where` computes is too large for float64.
    """
    body = to_json(value)
    # A NaN or an infinity is written as null. A name may say "null" too: only then it is worth looking.
    if b"null" in body and not _is_finite(value):
        raise RefusedError.overflow(where)
    return body


def _is_finite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float | np.floating | np.ndarray) or bool(np.isfinite(value).all())
