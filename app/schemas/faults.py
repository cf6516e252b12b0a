"""What pydantic and the engine say about a bad request -> the errors of a problem."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel

from .accepted import accepted_values
from .examples import EXAMPLES_MODELS
from .layers import LAYER_SPECS
from .optimizers import OPTIMIZER_SPECS
from .problem import FieldError
from .shown import shortened, shown

MAX_ERRORS: Final = 20
"""A problem lists no more errors than these."""

UNKNOWN_PARAMETER: Final = "Unknown query parameter"

MAX_FIELD_LENGTH: Final = 200
MAX_TEXT_LENGTH: Final = 400
_OF_EXAMPLES: Final = {"examples", "test"}
_WITHOUT_VALUE: Final = {"missing", "absent", "union_tag_not_found", "json_invalid"}
_TAGGED: Final[dict[str, type[BaseModel]]] = {**LAYER_SPECS, **OPTIMIZER_SPECS, **EXAMPLES_MODELS}
"""The model that each tag in a location chooses."""

_OF_JSON: Final = {
    "model_type": "an object",
    "dict_type": "an object",
    "model_attributes_type": "an object",
    "tuple_type": "a list",
}
"""JSON names of the types that pydantic calls by Python's names."""

# "List should have at least 1 item, not 0": what is allowed stands between.
_SHOULD: Final = re.compile(r"\w+ should (?:be|have|hold) (.+?)(?:, not .*)?")

Location = tuple[str | int, ...]


def dotted(location: Location) -> str:
    """Where a fault is, as a dotted name without the tags that pydantic puts in for the members of a union."""
    parts = [str(part) for index, part in enumerate(location) if not (index and _is_tag(part, location[index - 1]))]
    return shortened(".".join(parts), MAX_FIELD_LENGTH)


def _is_tag(part: str | int, before: str | int) -> bool:
    """Whether this part of a location, after the one `before`, names a form of it rather than a part of it."""
    if before == "optimizer":
        return part in OPTIMIZER_SPECS
    return part in LAYER_SPECS if isinstance(before, int) else before in _OF_EXAMPLES and part in EXAMPLES_MODELS


def faults_of(
    errors: Sequence[Mapping[str, Any]], models: Iterable[type[BaseModel]], unknown: str = "There is no such field"
) -> list[FieldError]:
    """Return the errors of a request that pydantic found, at most `MAX_ERRORS` of them.

    Parameters
    ----------
    errors
        What pydantic found.
    models
        The models of which the request should have been one.
    unknown
        The message for a name that they do not have.
    """
    # A misspelled name first: it is why another field is missing.
    ordered = sorted(errors[:MAX_ERRORS], key=lambda details: details["type"] != "extra_forbidden")
    # Each missing item of a short list is an error of the list: report it once.
    return list(dict.fromkeys(_fault(details, models, unknown) for details in ordered))


def _fault(details: Mapping[str, Any], models: Iterable[type[BaseModel]], unknown: str) -> FieldError:
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
        allowed = shortened(", ".join(_names_beside(location, models)), MAX_TEXT_LENGTH) or None
    elif allowed is None and (should := _SHOULD.fullmatch(message)):
        allowed = should[1]
    value = None if kind in _WITHOUT_VALUE else shown(context.get("count", details["input"]))
    return FieldError(field=dotted(location), message=shortened(message, MAX_TEXT_LENGTH), value=value, allowed=allowed)


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
    """Every model that an annotation names: it itself, or members of its unions and items of its lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_of(part)
