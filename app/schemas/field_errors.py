"""Convert pydantic's errors of a request to the errors of a problem."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel

from .accepted import accepted_values
from .examples import EXAMPLES_MODELS
from .json_repr import json_repr, shorten
from .layers import LAYER_SPECS
from .optimizers import OPTIMIZER_SPECS
from .problem import FieldError

MAX_ERRORS: Final = 20
"""Errors that a problem lists at most."""

UNKNOWN_PARAMETER: Final = "Unknown query parameter"

MAX_FIELD_LENGTH: Final = 200
MAX_TEXT_LENGTH: Final = 400
_OF_EXAMPLES: Final = {"examples", "test"}
_WITHOUT_VALUE: Final = {"missing", "absent", "union_tag_not_found", "json_invalid"}
_TAGGED: Final[dict[str, type[BaseModel]]] = {**LAYER_SPECS, **OPTIMIZER_SPECS, **EXAMPLES_MODELS}
"""The model that each tag in a location stands for."""

_OF_JSON: Final = {
    "model_type": "an object",
    "dict_type": "an object",
    "model_attributes_type": "an object",
    "tuple_type": "a list",
}
"""JSON names of the types to which pydantic gives Python's names."""

# Finds what is allowed in messages like "List should have at least 1 item, not 0".
_SHOULD: Final = re.compile(r"\w+ should (?:be|have|hold) (.+?)(?:, not .*)?")

Location = tuple[str | int, ...]


def dotted(location: Location) -> str:
    """Return a location as a dotted name, without the tags that pydantic adds for the members of a union."""
    parts = [str(part) for index, part in enumerate(location) if not (index and _is_tag(part, location[index - 1]))]
    return shorten(".".join(parts), MAX_FIELD_LENGTH)


def _is_tag(part: str | int, before: str | int) -> bool:
    """Return True if a part of a location is the tag of a union's member; `before` is the part before it."""
    if before == "optimizer":
        return part in OPTIMIZER_SPECS
    return part in LAYER_SPECS if isinstance(before, int) else before in _OF_EXAMPLES and part in EXAMPLES_MODELS


def field_errors(
    errors: Sequence[Mapping[str, Any]], models: Iterable[type[BaseModel]], unknown: str = "There is no such field"
) -> list[FieldError]:
    """Return the errors of a request that pydantic found, at most `MAX_ERRORS` of them.

    Parameters
    ----------
    errors
        Pydantic's errors.
    models
        The models that the request may be of.
    unknown
        The message for an unknown name.
    """
    # Unknown names first: a misspelled name is the reason why another field is missing.
    ordered = sorted(errors[:MAX_ERRORS], key=lambda details: details["type"] != "extra_forbidden")
    # Each missing item of a short list is an error of the list: report it once.
    return list(dict.fromkeys(_field_error(details, models, unknown) for details in ordered))


def _field_error(details: Mapping[str, Any], models: Iterable[type[BaseModel]], unknown: str) -> FieldError:
    kind, context = details["type"], details.get("ctx", {})
    message = details["msg"].partition(", unable to parse")[0].replace(" after validation", "")
    location: Location = tuple(details["loc"])
    what = "optimizer" if location[-1:] == ("optimizer",) else "layer"
    allowed: str | None = context.get("allowed")
    if kind == "union_tag_not_found":
        message = f"Every {what} needs a type"
        allowed = ", ".join(map(repr, OPTIMIZER_SPECS if what == "optimizer" else LAYER_SPECS))
        location = (*location, "type")
    elif kind in _OF_JSON:
        allowed = _OF_JSON[kind]
        message = f"Input should be {allowed}"
    elif kind == "missing" and isinstance(location[-1], int):  # a list that is too short
        kind, location = "too_short", location[:-1]
        allowed = _accepted(location, models)
        message = f"Input should be {allowed}"
    elif kind == "missing":
        allowed = _accepted(location, models)
    elif kind == "extra_forbidden":
        message = unknown
        allowed = shorten(", ".join(_names_beside(location, models)), MAX_TEXT_LENGTH) or None
    elif allowed is None and (should := _SHOULD.fullmatch(message)):
        allowed = should[1]
    value = None if kind in _WITHOUT_VALUE else json_repr(context.get("count", details["input"]))
    return FieldError(field=dotted(location), message=shorten(message, MAX_TEXT_LENGTH), value=value, allowed=allowed)


def _names_beside(location: Location, models: Iterable[type[BaseModel]]) -> Iterator[str]:
    """Return the fields of the models that the last part of `location` is in."""
    return (name for model in _models_at(location, models) for name in model.model_fields)


def _accepted(location: Location, models: Iterable[type[BaseModel]]) -> str | None:
    """Return what the field at `location` accepts, in words."""
    field = str(location[-1])
    found = [accepted_values(model, field) for model in _models_at(location, models) if field in model.model_fields]
    return " or ".join(dict.fromkeys(found)) or None


def _models_at(location: Location, models: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    """Return the models that the last part of `location`, which starts in one of `models`, is a field of."""
    here = list(models)
    for part in location[:-1]:
        inside = [inner for model in here if part in model.model_fields for inner in _models_in(model, str(part))]
        chosen = [model for model in here if model is _TAGGED.get(str(part))]
        here = inside or chosen or here  # a position in a list leads from the list's models to the same
    return here


def _models_in(model: type[BaseModel], field: str) -> Iterator[type[BaseModel]]:
    return models_of(model.model_fields[field].annotation)


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield every model in an annotation: itself, members of its unions and items of its lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_of(part)
