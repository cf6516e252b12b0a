"""POST /forward: images through a network, every number on the way."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from .arrays import AnyArray, Image, Mask, Vector
from .base import AtMost, NotNull, ResponseModel
from .errors import RequestError
from .network import NOTEBOOK_EIGHT, NOTEBOOK_FORWARD, NetworkRequest, ParametersSpec


class ForwardRequest(NetworkRequest):
    """One image, or several, to send through a network; parameters, or a seed to draw those not given, or both."""

    # no oneOf says that image or images is required: client generators drop the fields of an object with a oneOf
    model_config = ConfigDict(json_schema_extra={"examples": [NOTEBOOK_FORWARD]})

    image: Annotated[Image | None, NotNull()] = Field(
        default=None, description="One image, (H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT]
    )
    images: Annotated[
        Annotated[list[Image], Field(min_length=1, fail_fast=True), AtMost("max_images", "the number of images")]
        | None,
        NotNull(),
    ] = Field(
        default=None,
        description="Several images, each (H, W) or (C, H, W); instead of image.",
        examples=[[NOTEBOOK_EIGHT]],
    )

    @model_validator(mode="after")
    def _one_of_image_and_images(self) -> Self:
        if (self.image is None) == (self.images is None):
            given = None if self.image is None else ("image", "images")
            message = "Give either image or images, not both" if given else "Give an image, or images"
            raise RequestError.at("image", message, value=given, allowed="image or images")
        return self


_MAPS = [[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]
_LOGITS = [0.058, -0.009, 0.064, -0.059, -0.012, 0.003, -0.032, 0.039, 0.011, 0.003]
_PROBABILITIES = [0.1052, 0.0984, 0.1058, 0.0936, 0.0981, 0.0996, 0.0961, 0.1032, 0.1004, 0.0996]
_TRACE: dict[str, Any] = {
    "layers": [
        {"name": "conv", "type": "conv2d", "output": _MAPS},
        {"name": "relu", "type": "relu", "output": _MAPS},
        {
            "name": "max_pool2d",
            "type": "max_pool2d",
            "output": [[[2, 1], [2, 1]]],
            "winners": [[[False, True, True], [False, True, False], [False, True, True]]],
        },
        {"name": "flatten", "type": "flatten", "output": [2, 1, 2, 1]},
        {"name": "dense", "type": "dense", "output": _LOGITS},
        {"name": "softmax", "type": "softmax", "output": _PROBABILITIES},
    ],
    "logits": _LOGITS,
    "probabilities": _PROBABILITIES,
    "predicted": 2,
}
"""The notebook's 8 through its kernel, with the scores that it prints (here rounded)."""


class LayerTraceOut(ResponseModel):
    """The output of one layer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TRACE["layers"][2]]})

    name: str = Field(description="The layer's name, its own or the one the network gave it.")
    type: str = Field(description="The kind of layer.")
    output: AnyArray = Field(description="Its output, (C, H, W) or (n,).")
    winners: Annotated[Mask | None, NotNull()] = Field(
        default=None,
        description="Only for max pooling: of the shape of its input, true where a cell wins at least one window.",
    )


class TraceOut(ResponseModel):
    """Every number between one image and its probabilities."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TRACE]})

    layers: list[LayerTraceOut] = Field(description="One entry a layer, in order.")
    logits: Vector = Field(description="What goes into the softmax.")
    probabilities: Vector = Field(description="One a class; they add up to 1.")
    predicted: int = Field(ge=0, description="The most probable class; the first where several are equal.")


class ForwardResponse(ResponseModel):
    """One trace an image, in the order of the images."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"traces": [_TRACE]}]})

    traces: list[TraceOut] = Field(description="The trace of each image.")
    parameters: Annotated[ParametersSpec | None, NotNull()] = Field(
        default=None, description="Only if a seed was given: all the parameters that were used."
    )
