"""Whatever was met in a request -> a short text that tells it."""

import reprlib
from typing import Any, Final

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxlevel = 4
_MAX_LENGTH: Final = 160


def shown(value: Any) -> str:
    """`value` as a short text that any JSON can carry."""
    text = _SHORT.repr(value)[:_MAX_LENGTH]
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
