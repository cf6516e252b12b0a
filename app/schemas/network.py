"""A network and its parameters in requests."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..engine.exceptions import EngineError
from ..engine.layers import Layer
from ..engine.network import Network
from .arrays import AnyArray
from .base import AtMost, NotNull, RequestModel
from .geometry import Seed, Size, count_schema
from .layers import AnyLayerSpec, LayerSpec
from .options import as_tuple

NOTEBOOK_NETWORK: Final[dict[str, Any]] = {
    "input_shape": [1, 5, 5],
    "layers": [
        {"type": "conv2d", "name": "conv", "out_channels": 1, "kernel_size": [3, 3], "bias": False},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel_size": [2, 2], "stride": [2, 2], "ceil_mode": True, "tie_break": "all"},
        {"type": "flatten"},
        {"type": "dense", "name": "dense", "out_features": 10},
        {"type": "softmax"},
    ],
}
"""The notebook's network, the example of every request."""

NOTEBOOK_KERNEL: Final[list[Any]] = [[0, 0, 0], [0, 0, 0], [1, 0, 1]]
NOTEBOOK_EIGHT: Final[list[Any]] = [[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]]

NOTEBOOK_FORWARD: Final[dict[str, Any]] = {
    "network": NOTEBOOK_NETWORK,
    "parameters": {"conv": {"weight": [[NOTEBOOK_KERNEL]]}},
    "seed": 0,
    "image": NOTEBOOK_EIGHT,
}
"""The notebook's 8 through its network with its kernel; the dense layer is drawn from seed 0."""

_Name = Annotated[str, Field(max_length=80)]
MAX_ARRAYS: Final = 16
"""Parameter arrays of one layer; no layer has as many."""


def _count_arrays(value: Any) -> Any:
    """Reject too many before pydantic, which counts last, makes an error of each."""
    if isinstance(value, dict) and len(value) > MAX_ARRAYS:
        context = {"count": len(value), "allowed": f"at most {MAX_ARRAYS} arrays"}
        raise PydanticCustomError("too_long", "There are {count} arrays here", context)
    return value


ParametersSpec = Annotated[
    dict[_Name, Annotated[dict[_Name, AnyArray], Field(max_length=MAX_ARRAYS), BeforeValidator(_count_arrays)]],
    AtMost("max_layers", "the number of layers with parameters"),
    Field(
        description="Every parameter's array by layer name and parameter name: conv2d weights (O, I, kH, kW), dense "
        "weights (in, out), biases (out)."
    ),
]


InputShape = Annotated[
    tuple[Size, Size, Size],
    BeforeValidator(as_tuple),
    WithJsonSchema({"type": "array", "items": count_schema(1), "minItems": 3, "maxItems": 3}),
]


class NetworkSpec(RequestModel):
    """An ordered list of layers and the shape of one image."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTEBOOK_NETWORK]})

    input_shape: InputShape = Field(description="Channels, height and width of one image.", examples=[[1, 5, 5]])
    layers: Annotated[list[AnyLayerSpec], AtMost("max_layers", "the number of layers")] = Field(
        min_length=1, description="The layers in order; a layer without a name is called by its type."
    )

    def key(self) -> tuple[Any, ...]:
        """Return a key that is equal for equal networks, and cheap to hash."""
        layers: list[LayerSpec] = self.layers
        return (self.input_shape, *[layer.key() for layer in layers])

    def network(self) -> Network:
        """Return the engine's network.

        Raises
        ------
        EngineError
            With the `layer_index` of the first invalid layer.
        """
        layers: list[Layer] = []
        for index, spec in enumerate(self.layers):
            try:
                layers.append(spec.layer())
            except EngineError as error:
                error.layer_index = index
                raise
        return Network(self.input_shape, tuple(layers))


class NetworkRequest(RequestModel):
    """A network and its parameters, or a seed to draw those that are not given, or both."""

    network: NetworkSpec = Field(description="The layers and the shape of one image.")
    parameters: Annotated[ParametersSpec | None, NotNull()] = Field(
        default=None,
        description="Each layer's arrays by layer and parameter name: conv2d weights (O, I, kH, kW), dense weights "
        "(in, out), biases (out). With a seed some may be left out.",
    )
    seed: Annotated[Seed | None, NotNull()] = Field(
        default=None,
        description="Draws every parameter array that is not given, as its layer's initialiser says.",
        examples=[0],
    )
