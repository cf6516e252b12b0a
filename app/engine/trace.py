"""What a pass leaves behind: every intermediate array, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .arrays import Array, BoolArray, Cache, IndexArray, LayerParameters, Parameters
from .finite import check_finite
from .layers.base import DecidingLayer, Layer
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

    __slots__ = ("_place", "_trace", "name", "output", "type")

    def __init__(self, trace: ForwardTrace, place: int) -> None:
        layer = trace.network_layers[place]
        self.name = layer.name
        self.type = layer.type
        self.output = trace.outputs[place]
        self._trace = trace
        self._place = place

    @property
    def winners(self) -> BoolArray | None:
        """For max pooling, of the shape of its input: which cells win a window. None for every other layer."""
        trace, place = self._trace, self._place
        layer = trace.deciding[place] if place < len(trace.deciding) else None
        return layer.winners(*trace.quick_decisions[place]) if layer else None


class Decision(NamedTuple):
    """What a layer decides by: who wins a window, what passes 0.

    Attributes
    ----------
    cache
        What the layer left, or would have left had every sum been added in order.
    tolerance
        Of each number of the layer's input, see `ties`; or 0 where plain comparisons decide.
    """

    cache: Cache
    tolerance: Array | float


# Not frozen only because a frozen record takes four times as long to make, which a single 5x5 image is slowed by.
@dataclass(eq=False)
class ForwardTrace:
    """Every output of a forward pass over a batch; nobody changes it once it is made.

    Attributes
    ----------
    network_layers
        The layers that were run.
    deciding
        Those that decide, up to the last of them; None for each other.
    images
        What went in, (N, *input_shape).
    outputs
        What came out of each layer.
    caches
        What each layer left for its backward.
    parameters
        Those of the pass. They must not change before `decisions` are asked for.
    """

    network_layers: Sequence[Layer]
    deciding: Sequence[DecidingLayer | None]
    images: Array
    outputs: Sequence[Array]
    caches: Sequence[Cache]
    parameters: Mapping[str, LayerParameters]

    @property  # not kept, as each refers to this trace: a cycle would outlive the arrays' last use
    def layers(self) -> tuple[LayerTrace, ...]:
        """One `LayerTrace` a layer, in order."""
        return tuple(LayerTrace(self, place) for place in range(len(self.network_layers)))

    @cached_property
    def decisions(self) -> Sequence[Decision]:
        """Per layer, what it decides by: this pass's cache if that is clear, else that of one with sums in order."""
        decisions = self._decisions(in_order=False)
        for layer, decision in zip(self.deciding, decisions, strict=False):
            if layer and not layer.is_clear(*decision):
                return self._decisions(in_order=True)
        return decisions

    @cached_property
    def quick_decisions(self) -> Sequence[Decision]:
        """As `decisions` for winners and slopes, with less work: where all is clear, the tolerances are left at 0."""
        x, bound = self.images, 0.0
        for place, deciding in enumerate(self.deciding):
            if deciding and not deciding.is_clear(self.caches[place], bound):
                return self.decisions
            layer = self.network_layers[place]
            bound = layer.tolerance_bound(self.parameters.get(layer.name, {}), x, bound)
            x = self.outputs[place]
        return [Decision(cache, 0.0) for cache in self.caches]

    def _decisions(self, *, in_order: bool) -> Sequence[Decision]:
        """Decisions of this pass, or of one that adds every sum in order."""
        decisions = [Decision(cache, 0.0) for cache in self.caches]
        x, tolerance = self.images, np.zeros_like(self.images)
        for place, layer in enumerate(self.network_layers[: len(self.deciding)]):
            parameters = self.parameters.get(layer.name, {})
            output, cache = self.outputs[place], self.caches[place]
            if in_order:
                output, cache = layer.forward_in_order(parameters, x)
            decisions[place] = Decision(cache, tolerance)
            tolerance = layer.tolerance(parameters, x, tolerance, in_order=in_order)
            x = output
        return decisions

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
