"""GET /healthz, /readyz and /version."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from .base import ResponseModel


class Health(ResponseModel):
    """The process is alive."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = Field(default="ok", description="Always ok; a process that is not does not answer.")


class Readiness(ResponseModel):
    """The process can serve."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ready"}]})

    status: Literal["ready"] = Field(default="ready", description="Ready for requests.")


_VERSION_EXAMPLE: JsonDict = {
    "name": "fivebyfive",
    "version": "0.1.0",
    "api": "v1",
    "numerics": "numpy-2.4.6 scipy-openblas-0.3.31.188.0 Haswell",
}


class Version(ResponseModel):
    """The versions that run."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION_EXAMPLE]})

    name: Literal["fivebyfive"] = Field(default="fivebyfive", description="The service.")
    version: str = Field(description="Its version.", examples=["0.1.0"])
    api: Literal["v1"] = Field(default="v1", description="The version of the API, as in its paths.")
    numerics: str = Field(
        default="",
        description="The versions of numpy and BLAS and the BLAS kernels, which the header X-Numerics names with every "
        "response too. Servers with the same numerics give the same bits, so a training goes on exactly; "
        "others may differ in the last digits.",
        examples=["numpy-2.4.6 scipy-openblas-0.3.31.188.0 Haswell"],
    )
