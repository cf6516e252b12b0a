"""GET /healthz, /readyz and /version."""

from typing import Literal

from pydantic import ConfigDict, Field

from .base import ReplyModel


class Health(ReplyModel):
    """The process is alive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = Field(default="ok", description="Always ok; a process that is not does not answer.")


class Readiness(ReplyModel):
    """The process can serve."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ready"}]})

    status: Literal["ready"] = Field(default="ready", description="Ready for requests.")


class Version(ReplyModel):
    """What is running."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "fivebyfive", "version": "0.1.0", "api": "v1"}]})

    name: Literal["fivebyfive"] = Field(default="fivebyfive", description="The service.")
    version: str = Field(description="Its version.", examples=["0.1.0"])
    api: Literal["v1"] = Field(default="v1", description="The version of the API, as in its paths.")
