"""Problems: the format of every error (RFC 9457)."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from .base import ResponseModel
from .network import ParametersSpec
from .optimizers import OptimizerStateSpec

_FAULT: Final[dict[str, Any]] = {
    "field": "network.layers.0.kernel_size",
    "message": "conv2d 'conv': kernel_size [7, 7] exceeds the padded input [5, 5]",
    "value": "[7, 7]",
    "allowed": "at most [5, 5], or more padding",
}


class FieldError(ResponseModel):
    """An error in one field of a request."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_FAULT]}, json_schema_serialization_defaults_required=True
    )

    field: str = Field(description="Dotted name of the field, such as network.layers.0.kernel_size.")
    message: str = Field(description="What is wrong with it.")
    value: str | None = Field(default=None, description="The value as JSON, shortened; null if there is none.")
    allowed: str | None = Field(default=None, description="What is accepted; null if the message says it.")


class Problem(ResponseModel):
    """Why a request failed, in the format of RFC 9457 (media type application/problem+json).

    This service sends every member. The defaults are for problems of other servers, such as a proxy, which may omit
    any. Members that are not listed here are extensions of the problem's type.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/docs#invalid-request",
                    "title": "The request does not fit",
                    "status": 422,
                    "detail": f"{_FAULT['field']}: {_FAULT['message']}",
                    "instance": "/api/v1/forward",
                    "errors": [_FAULT],
                }
            ]
        },
    )

    type: str = Field(default="about:blank", description="The type of problem: the address of its description.")
    title: str = Field(default="", description="The type in words; the same for every problem of its type.")
    status: int = Field(default=500, ge=400, le=599, description="The HTTP status.")
    detail: str = Field(default="", description="What is wrong this time.")
    instance: str = Field(default="", description="The path of the request, percent-encoded as it was sent.")
    errors: list[FieldError] = Field(
        default=[], description="The errors of single fields; empty if no field is invalid."
    )


_CAUSE: Final = "the learning rate 1000 overshoots: from one step to the next the loss grew without end; try 0.01"
_DIVERGED: Final[dict[str, Any]] = {
    "type": "/docs#diverged",
    "title": "The training diverged",
    "status": 422,
    "detail": f"The training diverged in epoch 2: {_CAUSE}",
    "instance": "/api/v1/train",
    "errors": [
        {
            "field": "optimizer.learning_rate",
            "message": f"training: epoch 2 diverged: {_CAUSE}",
            "value": "1000.0",
            "allowed": "a smaller learning rate, or smaller starting parameters",
        }
    ],
    "epoch": 2,
    "cause": _CAUSE,
    "parameters": {"dense": {"weight": [[0.5, -0.5]], "bias": [0, 0]}},
    "optimizer_state": {"step": 1},
    "next_epoch": 2,
}


class DivergedProblem(Problem):
    """Training reached numbers that are not finite; with everything needed to continue from before that."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DIVERGED]})

    epoch: int = Field(ge=1, description="The epoch that went wrong.")
    cause: str = Field(description="The likely cause, in words.")
    parameters: ParametersSpec = Field(description="The parameters at the end of the last good epoch.")
    optimizer_state: OptimizerStateSpec = Field(description="What the optimizer remembered then.")
    next_epoch: int = Field(ge=1, description="The epoch to continue with from there.")
