"""Errors of well-formed requests whose values are not accepted."""

from typing import Any, Self

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from .json_repr import json_repr
from .limits import Limits, limit_texts
from .problem import FieldError


class RequestError(Exception):
    """A request is invalid: a 422 that names the field, the value and what is allowed.

    Parameters
    ----------
    field
        Dotted name of the invalid field.
    message
        What is wrong with it.
    value
        Its value, if it is worth showing.
    allowed
        What is accepted.
    kind
        The type of problem: a key of `app.http.problems.PROBLEM_TYPES`.
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
            field=field, message=message, value=None if value is None else json_repr(value), allowed=allowed
        )

    @classmethod
    def limit(cls, name: str, most: int, field: str, what: str, value: int) -> Self:
        """Return the error for a `value` at `field` that exceeds the limit `name`.

        Parameters
        ----------
        name, most
            Name and value of the limit.
        field
            Dotted name of the field.
        what
            As for `limit_texts`.
        value
            The value that exceeds the limit.
        """
        message, allowed = limit_texts(name, most, what, value)
        return cls(field, message, value=value, allowed=allowed, kind="limit-exceeded")

    @staticmethod
    def at(field: str, message: str, *, value: Any = None, allowed: str) -> ValidationError:
        """Return the same error for a model's validator to raise, so that pydantic collects it with others.

        Parameters
        ----------
        field, message, value, allowed
            As for the class; the field is one of the validated model.
        """
        name = "absent" if value is None else "refused"
        kind = PydanticCustomError(name, "{why}", {"why": message, "allowed": allowed})
        details = InitErrorDetails(type=kind, loc=(field,), input=value)
        return ValidationError.from_exception_data("request", [details])


def check_limit(limits: Limits, name: str, field: str, what: str, value: int) -> None:
    """Raise `RequestError` if the `value` at `field` exceeds the limit `name`.

    Parameters
    ----------
    limits
        Limits of this server.
    name
        Name of the limit.
    field
        Dotted name of the field.
    what
        As for `limit_texts`.
    value
        Its value.
    """
    most: int = getattr(limits, name)
    if value > most:
        raise RequestError.limit(name, most, field, what, value)
