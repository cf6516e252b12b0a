"""POST /backward: the gradient of one example's loss at every layer and by every parameter."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from .arrays import AnyArray, AnyMask, Image
from .base import NotNull, ResponseModel
from .forward import TraceOut
from .network import NOTEBOOK_EIGHT, NOTEBOOK_FORWARD, NetworkRequest, ParametersSpec

WORST: Final = "max_relative_error"
"""The one key of `check` that is not the name of a layer."""

_DENSE: Final = {"type": "dense", "name": "dense", "out_features": 2}
_SMALL: Final[dict[str, Any]] = {
    "network": {"input_shape": [1, 1, 1], "layers": [{"type": "flatten"}, _DENSE]},
    "parameters": {"dense": {"weight": [[0, 0]], "bias": [0, 0]}},
    "image": [[1]],
    "label": 1,
    "check": True,
}


class BackwardRequest(NetworkRequest):
    """A network, and one example."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SMALL, NOTEBOOK_FORWARD | {"label": 8, "check": True}]})

    image: Image = Field(description="(H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])
    label: int = Field(ge=0, le=2**31 - 1, description="The class it shows, from 0.", examples=[8])
    check: bool = Field(
        default=False, description="Whether to measure every parameter's slope too, by finite differences of the loss."
    )


_HALVES: Final = [0.5, -0.5]
_OF_DENSE: Final[dict[str, Any]] = {"dense": {"weight": [_HALVES], "bias": _HALVES}}
_NO_TIES: Final[dict[str, Any]] = {"dense": {"weight": [[False, False]], "bias": [False, False]}}
_RESPONSE: Final[dict[str, Any]] = {
    "loss": 0.6931471805599453,
    "layers": [
        {"name": "flatten", "type": "flatten", "gradient": [0]},
        {"name": "dense", "type": "dense", "gradient": _HALVES},
    ],
    "parameters": _OF_DENSE,
    "trace": {
        "layers": [
            {"name": "flatten", "type": "flatten", "output": [1]},
            {"name": "dense", "type": "dense", "output": [0, 0]},
        ],
        "logits": [0, 0],
        "probabilities": [0.5, 0.5],
        "predicted": 0,
    },
    "check": {**_OF_DENSE, WORST: 0.0},
    "ties": _NO_TIES,
    "slopes": {"left": _OF_DENSE, "right": _OF_DENSE},
}


class LayerGradientOut(ResponseModel):
    """The gradient of the loss with respect to one layer's output."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESPONSE["layers"][1]]})

    name: str = Field(description="The layer's name, its own or the one the network gave it.")
    type: str = Field(description="The kind of layer.")
    gradient: AnyArray = Field(description="Of the loss by the layer's output, (C, H, W) or (n,) as that is.")


class SlopesOut(ResponseModel):
    """The slopes of the loss on either side of each parameter's value, by finite differences."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESPONSE["slopes"]]})

    left: ParametersSpec = Field(description="Below the value.")
    right: ParametersSpec = Field(description="Above the value.")


class BackwardResponse(ResponseModel):
    """One example's loss, all its gradients, and the numbers that they are made of."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESPONSE]})

    loss: float = Field(ge=0, description="Cross-entropy: -ln of the probability of the label.")
    layers: list[LayerGradientOut] = Field(
        description="One entry a layer, in order; a final softmax has none, as the loss is taken of the logits."
    )
    parameters: ParametersSpec = Field(
        description="Gradient of the loss by every parameter, frozen or not, shaped as the parameters."
    )
    trace: TraceOut = Field(description="The forward pass that the gradients belong to, as /forward gives it.")
    network_parameters: Annotated[ParametersSpec | None, NotNull()] = Field(
        default=None, description="Only if a seed was given: all the parameters that were used."
    )
    check: Annotated[dict[str, dict[str, AnyArray] | float] | None, NotNull()] = Field(
        default=None,
        description="Only with check: the slope beside every gradient, measured by finite differences (at a tie the "
        "mean of both slopes), and max_relative_error, the largest relative difference of a gradient and the slope, at "
        "a tie the slope that the rule for ties takes. What float64 cannot resolve counts as at most 1e-6.",
    )
    ties: Annotated[dict[str, dict[str, AnyMask]] | None, NotNull()] = Field(
        default=None,
        description="Only with check: true where the loss has a kink, such as equal cells in a max-pool window or a "
        "ReLU at 0, so that its slope has two values; and where tie_break all hands a gradient on more than "
        "once. A gradient that is no slope there is no error, if the rule for ties gives it.",
    )
    slopes: Annotated[SlopesOut | None, NotNull()] = Field(
        default=None, description="Only with check: the two slopes, which differ at a tie alone."
    )
