"""GET /healthz, /readyz and /version."""

from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from pydantic import Field

from app.schemas.base import ReplyModel


def installed_version() -> str:
    """Version of the installed distribution; "0+source" when run from files that were never installed."""
    try:
        return version("fivebyfive")
    except PackageNotFoundError:
        return "0+source"


class Health(ReplyModel):
    """The process is alive."""

    status: Literal["ok"] = Field(default="ok", description="Always ok; a process that is not does not answer.")


class Readiness(ReplyModel):
    """The process can serve."""

    status: Literal["ready"] = Field(default="ready", description="Ready for requests.")


class Version(ReplyModel):
    """What is running."""

    name: Literal["fivebyfive"] = Field(default="fivebyfive", description="The service.")
    version: str = Field(description="Its version.", examples=["0.1.0"])
    api: Literal["v1"] = Field(default="v1", description="The version of the API, as in its paths.")
