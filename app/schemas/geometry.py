"""Sizes, strides, paddings and seeds in the forms that requests may give them."""

from functools import partial
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_SIZE: Final = 2**16 - 1
"""Largest size, stride, dilation and padding, whatever the limits are: their products fit 64 bits."""
MAX_COUNT: Final = 2**31 - 1
"""Largest label and number of examples."""

Size = Annotated[int, Field(ge=1, le=MAX_SIZE)]
Seed = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""Seed of random numbers, within the integers that JavaScript represents exactly."""

_SIGNAL_PADDING: Final = (
    f"Input should be a whole number from 0 to {MAX_SIZE}, [left, right] of such for a list of numbers, or "
    "[[top, bottom], [left, right]] of such for rows of numbers"
)
_LAYER_PADDING: Final = (
    f"Input should be a whole number from 0 to {MAX_SIZE}, or [vertical, horizontal] or [[top, bottom], [left, right]] "
    'of such, or "valid" or "same"'
)


def count_schema(least: int) -> dict[str, Any]:
    """Return the JSON schema of a whole number of at least `least`."""
    return {"type": "integer", "minimum": least, "maximum": MAX_SIZE}


def _pair_schema(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


def _is_count(value: Any, least: int = 0) -> bool:
    return type(value) is int and least <= value <= MAX_SIZE


def _as_pair(value: Any, least: int = 0) -> tuple[int, int] | None:
    """Return (a, b) if `value` is a list of two counts, else None."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(_is_count(part, least) for part in value):
        return value[0], value[1]
    return None


def _one_or_pair(value: Any, least: int, parts: str = "[vertical, horizontal]") -> int | tuple[int, int]:
    both = value if _is_count(value, least) else _as_pair(value, least)
    if both is None:
        allowed = f"a whole number from {least} to {MAX_SIZE}, or {parts} of such"
        raise PydanticCustomError("pair", "Input should be {allowed}", {"allowed": allowed})
    return both


def _pair_of(least: int) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [count_schema(least), _pair_schema(count_schema(least))]})


def pair(least: int, parts: str = "[vertical, horizontal]") -> Any:
    """Return the type of two whole numbers of at least `least`, or one for both; `parts` names them in errors."""

    def both(value: Any) -> tuple[int, int]:
        found = _one_or_pair(value, least, parts)
        return found if isinstance(found, tuple) else (found, found)

    return Annotated[tuple[int, int], BeforeValidator(both), _pair_of(least)]


def _signal_padding(value: Any) -> Any:
    if _is_count(value):
        return value
    if (both := _as_pair(value)) is not None:
        return both
    if isinstance(value, list | tuple) and len(value) == 2:
        sides = tuple(_as_pair(side) for side in value)
        if None not in sides:
            return sides
    raise PydanticCustomError("padding", _SIGNAL_PADDING)


def _layer_padding(value: Any) -> Any:
    if isinstance(value, str) and value in ("valid", "same"):
        return value
    try:
        return _signal_padding(value)
    except PydanticCustomError:
        raise PydanticCustomError("padding", _LAYER_PADDING) from None


_PADDINGS: Final = [count_schema(0), _pair_schema(count_schema(0)), _pair_schema(_pair_schema(count_schema(0)))]

Step = Annotated[int | tuple[int, int], BeforeValidator(partial(_one_or_pair, least=1)), _pair_of(1)]
"""n, or [vertical, horizontal] where there are two axes."""

SignalPaddingSpec = Annotated[Any, PlainValidator(_signal_padding), WithJsonSchema({"anyOf": _PADDINGS})]
"""n, [left, right] of a list, or [[top, bottom], [left, right]] of rows."""

LayerPaddingSpec = Annotated[
    Any,
    PlainValidator(_layer_padding),
    WithJsonSchema({"anyOf": [*_PADDINGS, {"type": "string", "enum": ["valid", "same"]}]}),
]
"""n, [vertical, horizontal], [[top, bottom], [left, right]], "valid" or "same"; the layer turns them into one form."""
