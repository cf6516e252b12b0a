"""One image's way through the network and back, every number by its address."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np

from ..engine import ties
from ..engine.arrays import Array, LayerParameters
from ..engine.exceptions import EngineError
from ..engine.finite import check_finite
from ..engine.layers.base import DecidingLayer
from ..engine.losses.cross_entropy import cross_entropy
from ..engine.nearby_loss import NearbyLoss
from ..engine.trace import BackwardTrace
from .addresses import GRADIENT, Address
from .cnn import ExplainableCNN
from .model import Factor

LAYERS_IN_ORDER: Final = ("conv", "relu", "pool", "flatten")


class PassValues:
    """A forward pass of one image, and a backward pass once a number needs it.

    Parameters
    ----------
    pipeline
        The network.
    parameters
        Its arrays, checked.
    image
        (C, H, W).
    label
        The right class; the loss and every gradient need it.
    """

    def __init__(
        self, pipeline: ExplainableCNN, parameters: Mapping[str, LayerParameters], image: Array, label: int | None
    ) -> None:
        if label is not None and not 0 <= label < pipeline.classes:
            allowed = f"0 to {pipeline.classes - 1}"
            raise EngineError(f"{label} is not a class", where="label", field="label", value=label, allowed=allowed)
        self.pipeline = pipeline
        self.parameters = parameters
        self.images = image[None]
        self.trace = pipeline.network.forward(parameters, self.images)
        self._label = label
        self._lists: dict[str, Any] = {}
        self._factors: dict[tuple[str, tuple[int, ...]], list[list[Factor]]] = {}

    @property
    def label(self) -> int:
        """The right class; raises `EngineError` if none was given."""
        if self._label is None:
            allowed = f"0 to {self.pipeline.classes - 1}"
            message = "the loss and its gradients need the label of the image"
            raise EngineError(message, where="label", field="label", value=None, allowed=allowed)
        return self._label

    @cached_property
    def loss(self) -> tuple[Array, Array]:
        """(1,) the loss, and (1, n) its gradient by the logits."""
        return cross_entropy(self.trace.logits, np.array([self.label]))

    @cached_property
    def backward(self) -> BackwardTrace:
        """Every gradient."""
        return self.pipeline.network.backward(self.parameters, self.trace, self.loss[1])

    @cached_property
    def nearby(self) -> NearbyLoss:
        """The loss as a function of each number, to measure its slopes."""
        network = self.pipeline.network
        return NearbyLoss(network, self.parameters, self.trace, self.backward, self.label)

    @cached_property
    def slopes(self) -> Any:
        """Slope of the activation at each cell of the feature maps, as nested lists (O, H', W')."""
        activation, ones = self.pipeline.activation, np.ones_like(self.trace.outputs[0])
        (cache, tolerance) = self.trace.quick_decisions[1]
        of_input = {"tolerance": tolerance} if isinstance(activation, DecidingLayer) else {}
        return activation.backward({}, cache, ones, **of_input)[0][0].tolist()

    def stands_at_zero(self, o: int, r: int, c: int) -> bool:
        """Return True if conv[o][r][c] counts as 0 by the rule for ties."""
        z, tolerance = self.trace.outputs[0], self.trace.decisions[1].tolerance
        if z[0, o, r, c] > 0:  # the slope may have been decided by the same sum in another order
            return bool(self.slopes[o][r][c] != 1)
        return bool(ties.stands_at_zero(z, tolerance)[0, o, r, c])

    def pool_slopes(self, o: int, row: int, column: int) -> Any:
        """Slope of pool[o][row][column] at each cell of map o, by the layer's own backward, as nested lists."""
        pool, one = self.pipeline.pool, np.zeros_like(self.trace.outputs[2])
        one[0, o, row, column] = 1
        cache, tolerance = self.trace.decisions[2]
        of_input = {"tolerance": tolerance} if isinstance(pool, DecidingLayer) else {}
        return pool.backward({}, cache, one, **of_input)[0][0, o].tolist()

    def numbers(self, kind: str) -> Any:
        """All numbers of one kind as nested lists; those of the input always as (C, H, W)."""
        found = self._lists.get(kind)
        if found is None:
            found = self._lists[kind] = self._array(kind).tolist()
        return found

    def factors(self, kind: str, *index: int, symbol: str) -> list[list[Factor]]:
        """The matrix ``kind[index]`` as factors; made once, as every window over it meets the same ones."""
        key = (kind, index)
        found = self._factors.get(key)
        if found is None:
            values = self.numbers(kind)
            for place in index:
                values = values[place]
            # A drawing has one channel, which addresses leave out.
            shown = () if kind == "input" and self.pipeline.channels == 1 else index
            prefix = kind + "".join(f"[{place}]" for place in shown)
            found = self._factors[key] = [
                [Factor(f"{prefix}[{r}][{c}]", value, symbol) for c, value in enumerate(row)]
                for r, row in enumerate(values)
            ]
        return found

    def value(self, address: Address) -> float:
        """The number at `address`."""
        found = self.numbers(address.kind)
        if address.name == "input" and self.pipeline.channels == 1:
            found = found[0]
        for place in address.index:
            found = found[place]
        return float(found)

    def check_finite(self) -> None:
        """Raise `NotFiniteError` naming what first became too large for a float, in the order it was computed."""
        self.trace.check_finite()
        if "backward" in self.__dict__:
            check_finite(self.loss[0], "the loss", field="network")
            self.backward.check_finite()

    def _array(self, kind: str) -> Array:
        name = kind.removeprefix(GRADIENT)
        found: Array = self._forward_array(name) if kind == name else self._gradient_array(name)
        return found

    def _forward_array(self, name: str) -> Any:
        layer, _, parameter = name.partition(".")
        if parameter:
            return self.parameters[self._layer_name(layer)][parameter]
        if name == "input":
            return self.images[0]
        if name == "logits":
            return self.trace.logits[0]
        if name == "probabilities":
            return self.trace.probabilities[0]
        if name == "loss":
            return self.loss[0][0]
        return self.trace.outputs[LAYERS_IN_ORDER.index(name)][0]

    def _gradient_array(self, name: str) -> Any:
        layer, _, parameter = name.partition(".")
        if parameter:
            return self.backward.parameters[self._layer_name(layer)][parameter]
        if name == "loss":
            return np.ones(())
        if name == "probabilities":
            return self._gradient_of_probabilities()
        if name == "input":
            return self.backward.images[0]
        if name == "logits":
            return self.loss[1][0]
        return self.backward.layers[LAYERS_IN_ORDER.index(name)].gradient[0]

    def _gradient_of_probabilities(self) -> Array:
        """L = -ln p[label], so -1 / p there and 0 elsewhere."""
        gradient: Array = np.zeros_like(self.trace.probabilities[0])
        with np.errstate(divide="ignore"):
            gradient[self.label] = -1 / self.trace.probabilities[0, self.label]
        return gradient

    def _layer_name(self, layer: str) -> str:
        return (self.pipeline.conv if layer == "conv" else self.pipeline.dense).name
