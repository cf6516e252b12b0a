"""The networks that can be explained: one convolution, an activation, a pooling, a dense layer, softmax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..engine.arrays import Shape
from ..engine.conv_arithmetic import axis_cells, axis_windows
from ..engine.exceptions import EngineError
from ..engine.layers.base import ElementwiseLayer, Layer
from ..engine.layers.conv2d import Conv2d
from ..engine.layers.dense import Dense
from ..engine.layers.flatten import Flatten
from ..engine.layers.pool2d import Pool2d
from ..engine.layers.softmax import Softmax
from ..engine.network import Network

BUILD: Final = "conv2d, an activation (relu, leaky_relu, tanh, sigmoid), a pooling, flatten, dense, softmax"

_NAMES: Final = {
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "max_pool2d": "Max-pool",
    "avg_pool2d": "Average pool",
}


@dataclass(frozen=True)
class ExplainableCNN:
    """A network's stages, and the shape of everything that has an address.

    Attributes
    ----------
    shapes
        By the name that addresses begin with: ``"conv.weight"`` -> (O, I, kH, kW), in the order of the data.
    """

    network: Network
    conv: Conv2d
    activation: ElementwiseLayer
    pool: Pool2d
    dense: Dense
    shapes: Mapping[str, Shape]

    @classmethod
    def of(cls, network: Network) -> ExplainableCNN:
        """The stages of `network`; raises `EngineError` if it is built otherwise."""
        kinds = [Conv2d, ElementwiseLayer, Pool2d, Flatten, Dense, Softmax]
        layers = network.layers
        last = len(kinds) if layers[-1].type == "softmax" else len(kinds) - 1
        if len(layers) != last or not all(isinstance(layer, kind) for layer, kind in zip(layers, kinds, strict=False)):
            built = ", ".join(layer.type for layer in layers)
            raise EngineError(
                f"a network of {built} cannot be explained", where="network", field="layers", value=built, allowed=BUILD
            )
        conv, activation, pool, _, dense = layers[:5]
        # The loop above has looked; mypy cannot follow it.
        assert isinstance(conv, Conv2d)  # noqa: S101
        assert isinstance(activation, ElementwiseLayer)  # noqa: S101
        assert isinstance(pool, Pool2d)  # noqa: S101
        assert isinstance(dense, Dense)  # noqa: S101
        given = network.parameter_shapes
        # A drawing has one channel, and then its cells go by row and column alone.
        image = network.input_shape
        shapes: dict[str, Shape] = {"input": image[1:] if image[0] == 1 else image}
        shapes |= {f"conv.{name}": shape for name, shape in given[conv.name].items()}
        shapes |= dict(zip(("conv", "relu", "pool", "flatten"), network.shapes, strict=False))
        shapes |= {f"dense.{name}": shape for name, shape in given[dense.name].items()}
        scores = network.shapes[4]
        shapes |= {"logits": scores, "probabilities": scores, "loss": ()}
        return cls(network, conv, activation, pool, dense, shapes)

    @property
    def channels(self) -> int:
        """Channels of the image."""
        return self.network.input_shape[0]

    @property
    def classes(self) -> int:
        """How many scores there are."""
        return self.dense.out_features

    @property
    def answer(self) -> str:
        """What a score stands for: with ten of them, a digit."""
        return "digit" if self.classes == 10 else "class"

    @property
    def activation_name(self) -> str:
        """How sentences call the activation."""
        return _NAMES.get(self.activation.type, self.activation.type)

    @property
    def pool_name(self) -> str:
        """How sentences call the pooling."""
        return _NAMES.get(self.pool.type, self.pool.type)

    @property
    def averages(self) -> bool:
        """Whether the pooling is an average."""
        return self.pool.type == "avg_pool2d"

    def is_frozen(self, name: str, index: tuple[int, ...]) -> bool:
        """Whether training leaves the parameter ``name[index]`` as it is."""
        if name.startswith("dense"):
            return self.dense.frozen
        return self.conv.frozen or index[0] in self.conv.frozen_filters

    def layer_of(self, name: str) -> Layer | None:
        """The layer that makes what addresses call `name`; None for the input and the loss."""
        layers: dict[str, Layer] = {"conv": self.conv, "relu": self.activation, "pool": self.pool, "dense": self.dense}
        if name in ("logits", "flatten"):
            return self.dense if name == "logits" else self.network.layers[3]
        return layers.get(name.partition(".")[0])

    def conv_cells(self, axis: int, window: int) -> range:
        """Input rows (axis 0) or columns (axis 1) that one window of the convolution sees."""
        conv = self.conv
        return axis_cells(window, conv.kernel_size[axis], conv.stride[axis], conv.padding[axis], conv.dilation[axis])

    def conv_windows(self, axis: int, cell: int) -> tuple[int | None, ...]:
        """Per kernel row or column: the window in which it sees input row or column `cell`."""
        conv, windows = self.conv, self.shapes["conv"][1 + axis]
        return axis_windows(
            cell, windows, conv.kernel_size[axis], conv.stride[axis], conv.padding[axis], conv.dilation[axis]
        )

    def pool_cells(self, axis: int, window: int) -> list[int]:
        """Map rows or columns that one pooling window sees, without those that are not there."""
        pool, size = self.pool, self.shapes["relu"][1 + axis]
        stride = pool.stride or pool.kernel_size
        return [
            cell
            for cell in axis_cells(window, pool.kernel_size[axis], stride[axis], pool.padding[axis])
            if 0 <= cell < size
        ]

    def pool_windows(self, axis: int, cell: int) -> list[int]:
        """Pooling windows that see map row or column `cell`, in order."""
        pool, windows = self.pool, self.shapes["pool"][1 + axis]
        stride = pool.stride or pool.kernel_size
        places = axis_windows(cell, windows, pool.kernel_size[axis], stride[axis], pool.padding[axis])
        return sorted(place for place in places if place is not None)
