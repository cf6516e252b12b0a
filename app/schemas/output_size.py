"""POST /output-size: the output size of a layer or a chain of layers."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from .base import AtMost, RequestModel, ResponseModel
from .geometry import MAX_SIZE, pair


class AxisLayerSpec(RequestModel):
    """The windows of one layer along one axis."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kernel_size": 3, "stride": 1, "padding": [1, 1]}]})

    kernel_size: int = Field(ge=1, le=MAX_SIZE, description="Cells of the kernel or pooling window.")
    stride: int = Field(default=1, ge=1, le=MAX_SIZE, description="Cells from one window to the next.")
    padding: pair(0, "[before, after]") = Field(  # type: ignore[valid-type]
        default=(0, 0), description="Cells added: n on both sides, or [before, after]."
    )
    dilation: int = Field(default=1, ge=1, le=MAX_SIZE, description="Cells from one kernel cell to the next.")
    ceil_mode: bool = Field(
        default=False, description="Whether the division rounds up, so that a last, partial window counts."
    )


class OutputSizeRequest(RequestModel):
    """A size and the layers that it goes through, one after the other."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"size": 5, "layers": [{"kernel_size": 3}, {"kernel_size": 2, "stride": 2, "ceil_mode": True}]},
                {"size": 6, "layers": [{"kernel_size": 3, "stride": 2}]},
            ]
        }
    )

    size: int = Field(ge=1, le=MAX_SIZE, description="Cells of the first input along one axis.", examples=[5])
    layers: Annotated[list[AxisLayerSpec], AtMost("max_layers", "the number of layers")] = Field(
        min_length=1, description="The layers, in order.", examples=[[{"kernel_size": 3}]]
    )


_LAYER: dict[str, Any] = {
    "input_size": 6,
    "padded_size": 6,
    "output_size": 2,
    "span": 3,
    "left_over": 1,
    "starts": [0, 2],
    "never_covered": [5],
    "same_padding": [1, 1],
    "receptive_field": 3,
    "receptive_step": 2,
}


class LayerSizeOut(ResponseModel):
    """The windows of one layer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LAYER]})

    input_size: int = Field(description="Cells of the layer's input.")
    padded_size: int = Field(description="Cells of it with its padding.")
    output_size: int = Field(description="How many windows: ⌊(padded_size − span) / stride⌋ + 1.")
    span: int = Field(description="Cells from a window's first to its last: dilation · (kernel_size − 1) + 1.")
    left_over: int = Field(
        description="What the floor throws away: cells beyond the last window. Negative where, with ceil_mode, the "
        "last window reaches that many cells beyond the input."
    )
    starts: list[int] = Field(description="First cell of each window, counted on the input without padding.")
    never_covered: list[int] = Field(
        description="Cells of the padded input that no window reads, counted on the input without padding."
    )
    same_padding: list[int] = Field(description="Before and after: the padding that keeps the size at stride 1.")
    receptive_field: int = Field(description="Cells of the chain's first input that one output follows from.")
    receptive_step: int = Field(description="How far apart neighbouring outputs' fields lie on the first input.")


class OutputSizeResponse(ResponseModel):
    """The size after each layer, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sizes": [6, 2], "layers": [_LAYER]}]})

    sizes: list[int] = Field(description="The first size, then the size after each layer.")
    layers: list[LayerSizeOut] = Field(description="The layers, in order.")
