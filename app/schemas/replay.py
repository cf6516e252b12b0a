"""POST /replay: one image's forward passes with several sets of parameters."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from .arrays import Image
from .base import AtMost, RequestModel, ResponseModel
from .forward import TraceOut
from .network import NOTEBOOK_EIGHT, NetworkSpec, ParametersSpec

_CONV: Final = {"type": "conv2d", "name": "conv", "out_channels": 1, "kernel_size": 5}
_REQUEST: Final[dict[str, Any]] = {
    "network": {"input_shape": [1, 5, 5], "layers": [_CONV]},
    "snapshots": [
        {"conv": {"weight": [[NOTEBOOK_EIGHT]], "bias": [0]}},
        {"conv": {"weight": [[NOTEBOOK_EIGHT]], "bias": [1]}},
    ],
    "image": NOTEBOOK_EIGHT,
}


class ReplayRequest(RequestModel):
    """A network, several sets of its parameters, and one image."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    network: NetworkSpec = Field(description="The layers and the shape of one image.")
    snapshots: Annotated[
        list[ParametersSpec], Field(min_length=1, fail_fast=True), AtMost("max_snapshots", "the number of snapshots")
    ] = Field(description="Complete sets of parameters, such as those of the epochs of a run.")
    image: Image = Field(description="(H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])


_TRACE: Final[dict[str, Any]] = {
    "layers": [{"name": "conv", "type": "conv2d", "output": [[[13]]]}],
    "logits": [13],
    "probabilities": [1],
    "predicted": 0,
}


class ReplayResponse(ResponseModel):
    """The image's trace with each set of parameters."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"traces": [_TRACE]}]})

    traces: list[TraceOut] = Field(description="One a snapshot, in their order; each as /forward gives it.")
