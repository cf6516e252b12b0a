"""Base classes and annotations of requests and responses."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Union, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from .json_repr import json_repr
from .limits import Limits, limit_texts

MAX_FIELDS: Final = 100
"""Fields of an object; with more, the object is one error instead of an error for each unknown field."""


class RequestModel(BaseModel):
    """A part of a request: no unknown fields, no conversions (``false`` is not 0, ``"1"`` is not 1), finite numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    array_field: ClassVar[str | None] = None
    """The field that a body in the format .npy stands for; None if .npy is not accepted."""

    @model_validator(mode="before")
    @classmethod
    def _count_fields(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > MAX_FIELDS:
            raise PydanticCustomError(
                "too_many_fields",
                "There are {count} fields here",
                {"count": len(value), "allowed": f"at most {MAX_FIELDS}, of which none is unknown"},
            )
        return value


def one_of(models: Mapping[str, type[RequestModel]], what: str) -> Any:
    """Return the type of a field that is one of `models`, by its `type`; `what` names it in errors.

    An unknown type is rejected before pydantic does it, whose error would contain all of it, however long it is.
    """

    def check(value: Any) -> Any:
        if isinstance(value, dict) and "type" in value:
            kind = value["type"]
            if not (isinstance(kind, str) and kind in models):
                context = {"what": what, "type": json_repr(kind), "allowed": ", ".join(map(repr, models))}
                error = PydanticCustomError("unknown_type", "There is no {what} type {type}", context)
                details = InitErrorDetails(type=error, loc=("type",), input=kind)
                raise ValidationError.from_exception_data(what, [details])
        return value

    return Annotated[Union[tuple(models.values())], Field(discriminator="type"), BeforeValidator(check)]  # noqa: UP007


class ResponseModel(BaseModel):
    """A part of a response; unknown fields, which a newer service may send, are ignored.

    The service serializes responses directly from arrays; these models document them, and the client parses them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class QueryModel(BaseModel):
    """The query of a request: no unknown parameters, and integers in the digits 0 to 9 alone (not 1_0, +1 or 1.0)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _require_digits(cls, value: Any, info: ValidationInfo) -> Any:
        is_number = cls.model_fields[str(info.field_name)].annotation is int
        if is_number and isinstance(value, str) and not _is_whole_number(value):
            raise PydanticCustomError("int_parsing", "Input should be a valid integer")
        return value


_is_whole_number: Final = re.compile(r"-?[0-9]{1,100}").fullmatch


class NotNull:
    """Marks ``T | None`` with default None as "T or absent": JSON null is rejected, and the schema does not list it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (present,) = (part for part in get_args(source) if part is not type(None))
        return handler.generate_schema(present)


class AtMost:
    """Bounds the length of a list or object by a limit of the server, before any item is validated.

    The limits are the validation's context; without one, as in the client, there is no bound. The JSON schema names the
    limit as ``x-limit``, from which the OpenAPI description takes its value.

    Parameters
    ----------
    limit
        Name of the limit.
    what
        What is counted, for the error: ``the number of layers``.
    """

    def __init__(self, limit: str, what: str) -> None:
        self._limit = limit
        self._what = what

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        about = handler(schema)
        bound = "maxProperties" if about.get("type") == "object" else "maxItems"
        return about | {bound: Limits.model_fields[self._limit].default, "x-limit": self._limit}

    def _check(self, value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, Limits) and isinstance(value, list | tuple | dict):
            most: int = getattr(info.context, self._limit)
            if len(value) > most:
                raise limit_error(self._limit, most, self._what, len(value))
        return value


def limit_error(limit: str, most: int, what: str, count: int) -> PydanticCustomError:
    """Return the error for a `count` that exceeds a limit of the server.

    Parameters
    ----------
    limit, most
        Name and value of the limit.
    what
        As for `limit_texts`.
    count
        The count that exceeds it.
    """
    message, allowed = limit_texts(limit, most, what, count)
    return PydanticCustomError("limit", "{message}", {"message": message, "count": count, "allowed": allowed})
