"""Convert the engine's declarations to pydantic fields: a new layer or optimizer is one new engine module."""

from dataclasses import MISSING, fields
from dataclasses import Field as Option
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_type_hints

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ..engine.arrays import Padding, Pair
from .base import AtMost, NotNull
from .geometry import MAX_SIZE, LayerPaddingSpec, pair

MAX_NAME_LENGTH: Final = 64

_EXAMPLES: Final[dict[str, Any]] = {
    "name": "conv",
    "out_channels": 1,
    "kernel_size": [3, 3],
    "out_features": 10,
    "learning_rate": 0.01,
}

_KEYWORDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""The keyword of JSON Schema for each bound."""


def declared_fields(declaration: type) -> dict[str, Any]:
    """Return the pydantic fields of a frozen dataclass of the engine, as arguments of `pydantic.create_model`."""
    hints = get_type_hints(declaration)
    return {option.name: _field(hints[option.name], option) for option in fields(declaration)}


def example_of(declared: dict[str, Any]) -> dict[str, Any]:
    """Return an example of every option but those absent or empty by default: its default, if it has one."""
    values = {
        name: (info.examples or [None])[0] if info.is_required() else info.default
        for name, (_, info) in declared.items()
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def summary(declaration: type) -> str:
    """Return the first line of a class's docstring."""
    return (declaration.__doc__ or "").strip().splitlines()[0]


def as_tuple(value: Any) -> Any:
    """Convert a list to a tuple, which strict validation needs for values from Python instead of JSON."""
    return tuple(value) if isinstance(value, list) else value


def _without_minus_zero(value: float) -> float:
    """Return 0.0 for -0.0: they compare equal, so a network cached for one would be used for the other."""
    return value + 0.0


def _field(hint: Any, option: Option[Any]) -> tuple[Any, Any]:
    """Return the pydantic field of a dataclass field."""
    metadata = option.metadata
    bounds = {bound: metadata[bound] for bound in _KEYWORDS if bound in metadata}
    default = ... if option.default is MISSING else option.default
    optional = NoneType in get_args(hint)
    if optional:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    count = Annotated[int, Field(**{"le": MAX_SIZE, **bounds})]
    number = Annotated[float, Field(**bounds), AfterValidator(_without_minus_zero)]
    annotation: Any
    if hint == Pair:
        annotation = pair(bounds.get("ge", 0))
    elif hint == Padding:
        annotation = LayerPaddingSpec
    elif hint is int:
        annotation = count
    elif hint is float:
        annotation = number
    elif hint == tuple[float, float]:
        item = {"type": "number"} | {_KEYWORDS[bound]: value for bound, value in bounds.items()}
        schema = {"type": "array", "items": item, "minItems": 2, "maxItems": 2}
        annotation = Annotated[tuple[number, number], BeforeValidator(as_tuple), WithJsonSchema(schema)]
    elif hint == tuple[int, ...]:
        annotation = Annotated[
            tuple[count, ...],
            Field(fail_fast=True),
            BeforeValidator(as_tuple),
            AtMost("max_channels", f"the number of {option.name}"),
        ]
    elif hint is str:
        annotation = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
    else:  # bool and Literal need no bounds
        annotation = hint
    if optional:
        annotation = Annotated[annotation | None, NotNull()]
    examples = [_EXAMPLES[option.name]] if option.name in _EXAMPLES else None
    return annotation, Field(default=default, description=metadata.get("doc"), examples=examples)
