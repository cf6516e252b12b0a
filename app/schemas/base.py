"""What every request and every reply is."""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema


class RequestModel(BaseModel):
    """A part of a request: nothing unknown, nothing guessed (``false`` is not 0, ``"1"`` is not 1), always finite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ReplyModel(BaseModel):
    """A part of a response, which may grow: fields that this version does not know are no error.

    The service writes responses straight from arrays; these models document them, and the client reads them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class NotNull:
    """Marks ``T | None`` with default None as "T or absent": JSON null is refused and the schema does not list it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (present,) = (part for part in get_args(source) if part is not type(None))
        return handler.generate_schema(present)
