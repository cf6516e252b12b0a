"""What a pass leaves behind: every intermediate array, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .arrays import Array, BoolArray, Cache, IndexArray, Parameters
from .finite import check_finite
from .layers.base import Layer
from .layers.softmax import softmax


class LayerTrace:
    """One layer's part in a forward pass; arrays have the batch axis.

    Attributes
    ----------
    name, type
        The layer's.
    output
        What came out of it, (N, *shape).
    """

    __slots__ = ("_cache", "_layer", "name", "output", "type")

    def __init__(self, layer: Layer, output: Array, cache: Cache) -> None:
        self.name = layer.name
        self.type = layer.type
        self.output = output
        self._layer = layer
        self._cache = cache

    @property
    def winners(self) -> BoolArray | None:
        """For max pooling, of the shape of its input: which cells win a window. None for every other layer."""
        return self._layer.winners(self._cache)


# Not frozen only because a frozen record takes four times as long to make, which tells on a single 5x5 image.
@dataclass(eq=False)
class ForwardTrace:
    """Every output of a forward pass over a batch; nobody changes it once it is made.

    Attributes
    ----------
    network_layers
        The layers that were run.
    images
        What went in, (N, *input_shape).
    outputs
        What came out of each layer.
    caches
        What each layer left for its backward.
    """

    network_layers: Sequence[Layer]
    images: Array
    outputs: Sequence[Array]
    caches: Sequence[Cache]

    @cached_property
    def layers(self) -> tuple[LayerTrace, ...]:
        """One `LayerTrace` a layer, in order."""
        return tuple(map(LayerTrace, self.network_layers, self.outputs, self.caches))

    @property
    def _ends_in_softmax(self) -> bool:
        return self.network_layers[-1].type == "softmax"

    @property
    def logits(self) -> Array:
        """(N, n): what goes into a final softmax; without one, the last output (flattened)."""
        if not self._ends_in_softmax:
            return self.outputs[-1].reshape(len(self.images), -1)
        return self.outputs[-2] if len(self.outputs) > 1 else self.images

    @cached_property
    def probabilities(self) -> Array:
        """(N, n): the output of a final softmax; without one, the softmax of the logits."""
        return self.outputs[-1] if self._ends_in_softmax else softmax(self.logits)

    @property
    def predicted(self) -> IndexArray:
        """(N,): the position of the largest probability; the first where several are equal."""
        predicted: IndexArray = self.probabilities.argmax(axis=1)
        return predicted

    def check_finite(self) -> None:
        """Raise `NotFiniteError` naming the first layer whose output holds a NaN or an infinity.

        A later layer may hide it (tanh of infinity is 1), so every output is looked at.
        """
        for index, (layer, output) in enumerate(zip(self.network_layers, self.outputs, strict=True)):
            check_finite(output, layer.label, layer_index=index)


@dataclass(frozen=True)
class LayerGradient:
    """Gradient of the loss by one layer's output; it has the output's shape."""

    name: str
    type: str
    gradient: Array


@dataclass(frozen=True)
class BackwardTrace:
    """Every gradient of a backward pass over a batch.

    Attributes
    ----------
    layers
        One `LayerGradient` a layer, in order; a final softmax has none, as the loss takes the logits.
    parameters
        Gradient of every parameter, frozen or not, shaped as the parameters are.
    images
        Gradient by the images.
    """

    layers: tuple[LayerGradient, ...]
    parameters: Parameters
    images: Array

    def check_finite(self) -> None:
        """Raise `NotFiniteError` naming the first gradient, from the last layer on, that is not finite.

        The gradient by the images is left out, as nothing is computed from it.
        """
        for index, layer in reversed([*enumerate(self.layers)]):
            check_finite(layer.gradient, f"the gradient of {layer.type} '{layer.name}'", layer_index=index)
        for name, arrays in self.parameters.items():
            for array in arrays.values():
                check_finite(array, f"the gradient of the parameters of '{name}'", field=f"parameters.{name}")
