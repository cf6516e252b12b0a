"""Bounded, JSON-like `repr` of any value, for error messages."""

import json
import reprlib
from itertools import islice
from typing import Any, Final

from numpy.typing import NDArray

_MAX_LENGTH: Final = 160
_MAX_STRING: Final = 80
_CUT: Final = "..."


class _Json(reprlib.Repr):
    """Writes JSON, but shortens long and deep values, and writes NaN and infinity by their JavaScript names."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002
        return json.dumps(shorten(x, _MAX_STRING), ensure_ascii=False)

    def repr_tuple(self, x: tuple[Any, ...], level: int) -> str:
        return self.repr_list(list(x), level)

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        first = dict(islice(x.items(), self.maxdict + 1))  # all of a million would be sorted
        return super().repr_dict(first, level)

    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:  # beyond the digits that Python writes
            return f"a number of {x.bit_length()} bits"

    def repr_ndarray(self, x: NDArray[Any], level: int) -> str:  # noqa: ARG002
        return f"an array of shape {list(x.shape)}"

    def repr_bool(self, x: bool, level: int) -> str:  # noqa: ARG002
        return json.dumps(x)

    def repr_float(self, x: float, level: int) -> str:  # noqa: ARG002
        return json.dumps(x)

    def repr_NoneType(self, x: None, level: int) -> str:  # noqa: ARG002, N802 - reprlib's way to find it
        return json.dumps(x)

    def repr_instance(self, x: object, level: int) -> str:
        return self.repr_str(str(x), level)


_JSON: Final = _Json()


def json_repr(value: Any) -> str:
    """Return a value as a short text: ``true``, ``NaN``, ``[3]``, ``"-1"``, ``null``."""
    return shorten(_JSON.repr(value), _MAX_LENGTH)


def shorten(text: str, most: int) -> str:
    """Return a text, or its two ends if it is longer than `most`; lone surrogates, which UTF-8 lacks, are escaped."""
    if len(text) > most:
        half = (most - len(_CUT)) // 2
        text = text[:half] + _CUT + text[-half:]
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
