"""What pydantic and the engine say about a bad request -> the errors of a problem."""

from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.engine.exceptions import EngineError
from app.schemas.examples import EXAMPLES_TAGS
from app.schemas.layers import LAYER_SPECS
from app.schemas.optimizers import OPTIMIZER_SPECS
from app.schemas.problem import FieldError
from app.schemas.shown import shown

MAX_ERRORS: Final = 20
"""A problem lists no more errors than these."""
MAX_COUNTED: Final = 2_000
"""Above this many errors not even the first is looked at: a hostile body can make a million of them."""

_MAX_FIELD_LENGTH: Final = 200
_OF_EXAMPLES: Final = {"examples", "test"}
_WITHOUT_VALUE: Final = {"missing", "union_tag_not_found", "json_invalid"}


def dotted(location: tuple[str | int, ...]) -> str:
    """Where a fault is, as a dotted name without the tags that pydantic puts in for the members of a union."""
    parts = [str(part) for index, part in enumerate(location) if not (index and _is_tag(part, location[index - 1]))]
    return ".".join(parts)[:_MAX_FIELD_LENGTH].encode("utf-8", "backslashreplace").decode("utf-8")


def _is_tag(part: str | int, before: str | int) -> bool:
    """Whether this part of a location, after the one `before`, names a form of it rather than a part of it."""
    if before == "optimizer":
        return part in OPTIMIZER_SPECS
    return part in LAYER_SPECS if isinstance(before, int) else before in _OF_EXAMPLES and part in EXAMPLES_TAGS


def faults_of(error: ValidationError) -> list[FieldError]:
    """The errors that a failed validation lists, at most `MAX_ERRORS`."""
    count = error.error_count()
    if count > MAX_COUNTED:
        return [FieldError(field="", message=f"{count} fields do not fit, too many to list")]
    return [_fault(details) for details in error.errors(include_url=False)[:MAX_ERRORS]]


def _fault(details: ErrorDetails) -> FieldError:
    kind, context, message = details["type"], details.get("ctx", {}), details["msg"]
    allowed: str | None = None
    what = "optimizer" if details["loc"][-1:] == ("optimizer",) else "layer"
    if kind == "union_tag_invalid":
        message = f"There is no {what} type {shown(context['tag'])}"
        allowed = str(context["expected_tags"])
    elif kind == "union_tag_not_found":
        message = f"Every {what} needs a type"
        allowed = ", ".join(map(repr, OPTIMIZER_SPECS if what == "optimizer" else LAYER_SPECS))
    elif kind == "extra_forbidden":
        message = "There is no such field"
    elif message.startswith("Input should be "):
        allowed = message.removeprefix("Input should be ")
    if allowed is None and "expected" in context:
        allowed = str(context["expected"])
    location = details["loc"]
    if kind == "union_tag_not_found":
        location = (*location, "type")
    value = None if kind in _WITHOUT_VALUE else shown(details["input"])
    return FieldError(field=dotted(location), message=message, value=value, allowed=allowed)


def fault_of_engine(error: EngineError) -> FieldError:
    """The error that the engine's refusal makes; a layer's field is named from the network on."""
    field = error.field
    if error.layer_index is not None:
        # A layer whose input does not fit has no field of its own at fault.
        own = "" if field == "input_shape" else f".{field}"
        field = f"network.layers.{error.layer_index}{own}"
    elif error.where == "network":
        field = f"network.{field}"
    # Where the field begins with the thing at fault, naming that again would say nothing.
    message = error.message if field.startswith(error.where) else f"{error.where}: {error.message}"
    value = None if error.value is None or error.value == () else shown(error.value)
    return FieldError(field=field, message=message, value=value, allowed=error.allowed)
