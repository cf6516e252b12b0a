"""Errors of well-formed requests that do not fit."""

from typing import Any, Self

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from .limits import Limits, limit_texts
from .problem import FieldError
from .shown import shown


class RefusedError(Exception):
    """A request is refused with a 422 that names the field, the value and what is allowed.

    Parameters
    ----------
    field
        Dotted name of the field at fault.
    message
        What is wrong with it.
    value
        The value met, if that says anything.
    allowed
        What would be accepted.
    kind
        Which kind of problem: the anchor of its description on the page of the API docs.
    """

    def __init__(
        self,
        field: str,
        message: str,
        *,
        value: Any = None,
        allowed: str | None = None,
        kind: str = "invalid-request",
    ) -> None:
        super().__init__(f"{field}: {message}")
        self.kind = kind
        self.error = FieldError(
            field=field, message=message, value=None if value is None else shown(value), allowed=allowed
        )

    @classmethod
    def limit(cls, name: str, most: int, field: str, what: str, value: int) -> Self:
        """Return the error for a `value` at `field` that exceeds the limit `name`; `what` is as in `limit_texts`."""
        message, allowed = limit_texts(name, most, what, value)
        return cls(field, message, value=value, allowed=allowed, kind="limit-exceeded")

    @staticmethod
    def at(field: str, message: str, *, value: Any = None, allowed: str) -> ValidationError:
        """The same from within a model's validator, where pydantic gathers the errors."""
        name = "absent" if value is None else "refused"
        kind = PydanticCustomError(name, "{why}", {"why": message, "allowed": allowed})
        details = InitErrorDetails(type=kind, loc=(field,), input=value)
        return ValidationError.from_exception_data("request", [details])


def check_limit(limits: Limits, name: str, field: str, what: str, value: int) -> None:
    """Raise `RefusedError` if the `value` at `field` exceeds the limit `name`; `what` is as in `limit_texts`."""
    most: int = getattr(limits, name)
    if value > most:
        raise RefusedError.limit(name, most, field, what, value)
