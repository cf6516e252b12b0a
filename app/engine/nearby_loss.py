"""Measure slopes of the loss by finite differences, beside what backward computes.

The loss has kinks: where a ReLU's input passes 0, or another cell becomes the largest of its window. The difference of
two losses on the two sides of a kink is no slope. So the decisions of the point itself (`ties` has the rule) are kept
while a number moves (`DecidingLayer.forward_near`), and kinks that are merely near by have no effect, at whatever
distance. At a kink itself two things are measured: the true slopes, which differ from side to side, and the slope that
the rule for ties takes, which is what backward has to give.

Nothing here uses a layer's backward but to judge how large a rounding error is to be expected.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, isfinite, log10, prod
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from . import ties
from .arrays import Array, LayerParameters
from .exceptions import NotFiniteError
from .layers.avg_pool2d import AvgPool2d
from .layers.base import DecidingLayer, Layer
from .layers.conv2d import Conv2d
from .layers.dense import Dense
from .layers.flatten import Flatten
from .layers.sigmoid import Sigmoid
from .layers.softmax import Softmax
from .layers.tanh import Tanh
from .network import NO_PARAMETERS, Network
from .trace import BackwardTrace, ForwardTrace
from .work import Work

AGREES: Final = 1e-6
"""A gradient is right if it differs from the slope by no larger part of the two."""
PASSES_PER_NUMBER: Final = 18
"""Forward passes that measuring the slope by one number usually takes at a kink; elsewhere half as many."""

_STRAIGHT: Final = (AvgPool2d, Conv2d, DecidingLayer, Dense, Flatten)
"""Layers whose output changes in proportion to their input, decisions being kept. All others bend."""
_EXPONENTIAL: Final = (Sigmoid, Softmax, Tanh)
"""Layers that bend on a scale of 1, as the loss does with its scores. Any other may bend on the scale of its input."""
_BEND: Final = 0.01
"""How far a step should move the inputs of what bends, on its scale."""
_CAUTION: Final = 10.0
"""How much larger an error of extrapolation may be than it seems, with layers of which nothing is known."""
_FIRST_STEP: Final = 1e-3
_LARGEST_STEP: Final = 100.0
_MOST_TRIALS: Final = 4
_ROUNDING: Final = 256 * float(np.finfo(np.float64).eps)

_Near: TypeAlias = Callable[[Array], Array]


class Slopes(NamedTuple):
    """The slopes of the loss by one number.

    Attributes
    ----------
    left, right
        When the number falls, and when it rises. They differ at a kink only.
    by_rule
        What the rule for ties makes of them, and so what backward should give; elsewhere the same.
    step
        How far the number was moved (half and twice as far as well).
    resolution
        Slopes that differ by less cannot be distinguished in float64.
    """

    left: float
    right: float
    by_rule: float
    step: float
    resolution: float

    @property
    def numeric(self) -> float:
        """The mean of both sides."""
        return self.left / 2 + self.right / 2

    @property
    def is_tie(self) -> bool:
        """Whether the loss has no slope here, or none that the rule for ties gives."""
        return not (self.left == self.right == self.by_rule)

    def error_of(self, gradient: float) -> float:
        """Relative difference of a gradient and the slope that it should be, as far as it can be measured."""
        most = max(abs(gradient), abs(self.by_rule), self.resolution / AGREES)
        return abs(gradient - self.by_rule) / most if most else 0.0


class NearbyLoss:
    """The loss of one example as a function of any one number, with the decisions of its forward pass kept.

    Parameters
    ----------
    network, parameters
        As for `Network.forward`, float64.
    trace, backward
        Passes of one image with them.
    label
        The right class.
    """

    def __init__(
        self,
        network: Network,
        parameters: Mapping[str, LayerParameters],
        trace: ForwardTrace,
        backward: BackwardTrace,
        label: int,
    ) -> None:
        self._layers = network.layers[: len(backward.layers)]
        self._parameters = parameters
        self._label = label
        # One entry for the images, one for each layer.
        self._gradients = [np.abs(backward.images), *[np.abs(layer.gradient) for layer in backward.layers]]
        self._near: dict[bool, dict[int, _Near]] = {True: {}, False: {}}
        self._outputs = [trace.images]
        self._at_kink = False
        for place, layer in enumerate(self._layers):
            x = self._outputs[-1]
            if isinstance(layer, DecidingLayer):
                decision = trace.decisions[place]
                for by_rule in (True, False):
                    near = layer.forward_near(decision.cache, x, decision.tolerance, by_rule=by_rule)
                    self._near[by_rule][place] = near
                self._at_kink |= layer.is_at_kink(decision.cache, x, decision.tolerance)
            self._outputs.append(self._output(place, parameters.get(layer.name, NO_PARAMETERS), x, True))
        self._scores = self._outputs[-1].reshape(-1)
        powers = np.exp(self._scores - self._scores.max())
        self._probabilities = powers / powers.sum()
        self._caution = _CAUTION if any(map(self._is_unknown, self._layers)) else 1.0
        self._rounding: dict[int, float] = {}
        self._steps: dict[Hashable, float] = {}

    def slopes_by_parameter(self, layer: str, name: str, index: tuple[int, ...]) -> Slopes:
        """Measure the slopes by one parameter; raises `NotFiniteError` if a number on the way is too large."""
        start = next(place for place, of_network in enumerate(self._layers) if of_network.name == layer)
        parameters = self._parameters[layer]
        moved = {**parameters, name: parameters[name].copy()}
        array, value = moved[name], float(parameters[name][index])

        def move(offset: float, by_rule: bool) -> _Move:
            array[index] = value + offset
            return _Move(float(array[index]) - value, self._outputs_from(start, moved, self._outputs[start], by_rule))

        return self._slopes(start, move, value, (layer, name))

    def slopes_by_pixel(self, index: tuple[int, ...]) -> Slopes:
        """Measure the slopes by one pixel (C, H, W); raises `NotFiniteError` if a number on the way is too large."""
        images = self._outputs[0].copy()
        place, value = (0, *index), float(self._outputs[0][(0, *index)])
        parameters = self._parameters.get(self._layers[0].name, NO_PARAMETERS)

        def move(offset: float, by_rule: bool) -> _Move:
            images[place] = value + offset
            return _Move(float(images[place]) - value, self._outputs_from(0, parameters, images, by_rule))

        return self._slopes(0, move, value, "pixel")

    @staticmethod
    def _is_unknown(layer: Layer) -> bool:
        return not isinstance(layer, (*_STRAIGHT, *_EXPONENTIAL))

    def _outputs_from(self, start: int, parameters: LayerParameters, x: Array, by_rule: bool) -> list[Array]:
        """Outputs of the layers from `start` on, the first of which has other parameters or another input."""
        outputs = []
        for place, layer in enumerate(self._layers[start:], start):
            if place > start:
                parameters = self._parameters.get(layer.name, NO_PARAMETERS)
            x = self._output(place, parameters, x, by_rule)
            outputs.append(x)
        return outputs

    def _output(self, place: int, parameters: LayerParameters, x: Array, by_rule: bool) -> Array:
        near = self._near[by_rule].get(place)
        return self._layers[place].forward(parameters, x)[0] if near is None else near(x)

    def _slopes(self, start: int, move: _Mover, value: float, kind: Hashable) -> Slopes:
        step, rounding = self._step(start, move, value, self._steps.get(kind))
        self._steps[kind] = step
        below, above = (self._changes(move, [side * n * step for n in (0.5, 1, 2)], True) for side in (-1, 1))
        differences = [(up - down) / (right - left) for (left, down), (right, up) in zip(below, above, strict=True)]
        by_rule, uncertain = _at_zero([right * right for right, _ in above], differences)
        resolution = self._caution * uncertain + rounding
        left = right = by_rule
        if self._at_kink:
            sides = [self._changes(move, [side * n * step for n in (0.25, 0.5, 1, 2)], False) for side in (-1, 1)]
            (left, off_left), (right, off_right) = (
                _at_zero([abs(at) for at, _ in side], [change / at for at, change in side]) for side in sides
            )
            most = max(abs(left), abs(right), abs(by_rule))
            alike = AGREES * most + resolution + off_left + off_right
            if abs(left - right) <= alike:
                left = right = left / 2 + right / 2
                if abs(left - by_rule) <= alike:
                    left = right = by_rule
        slopes = Slopes(left, right, by_rule, step, resolution)
        if not all(map(isfinite, slopes)):
            raise NotFiniteError("the finite differences", field="network")
        return slopes

    def _rounding_of_scores(self, start: int) -> float:
        """Bound on the rounding error of a score in the layers from `start` on: a part of its tolerance."""
        if start not in self._rounding:
            tolerance: Array = np.zeros_like(self._outputs[start])
            for layer, x in zip(self._layers[start:], self._outputs[start:], strict=False):
                tolerance = layer.tolerance(self._parameters.get(layer.name, NO_PARAMETERS), x, tolerance)
            self._rounding[start] = float(tolerance.max()) / ties.ULPS
        return self._rounding[start]

    def _changes(self, move: _Mover, offsets: Sequence[float], by_rule: bool) -> list[tuple[float, float]]:
        """How far the number was moved, to the last bit, and the change of the loss, at each offset."""
        moves = [move(offset, by_rule) for offset in offsets]
        return [(at, self._change_of_loss(outputs[-1])) for at, outputs in moves]

    def _change_of_loss(self, scores: Array) -> float:
        """L − L₀ = ln Σ p eᵈ with d the changes of the scores less that of the label, so that no digits cancel."""
        d: Array = scores.reshape(-1) - self._scores
        d = d - d[self._label]
        largest = float(d.max())
        if largest <= 1:
            largest = 0.0
        return largest + float(np.log1p(self._probabilities.dot(np.expm1(d - largest))))

    def _step(self, start: int, move: _Mover, value: float, guess: float | None) -> tuple[float, float]:
        """Return a step that moves what bends by about `_BEND`, and the rounding error of a slope measured with it."""
        scale = 10.0 ** ceil(log10(max(1.0, abs(value))))
        step = guess or _FIRST_STEP * scale
        rounding = 0.0
        for _ in range(_MOST_TRIALS):
            trials = [move(step, True)] if not self._at_kink else [move(step, False), move(-step, False)]
            moved = [self._moved(start, outputs) for _, outputs in trials]
            bend = max(bent for bent, _ in moved)
            rounding = (_ROUNDING * max(parts for _, parts in moved) + self._rounding_of_scores(start)) / step
            if bend == 0 or _BEND / 30 <= bend <= 2 * _BEND:
                break
            wanted = 10.0 ** floor(log10(step * _BEND / bend)) if isfinite(bend) else step * 1e-3
            step = min(max(wanted, scale * 2.0**-40), scale * _LARGEST_STEP)
        return step, rounding

    def _moved(self, start: int, outputs: Sequence[Array]) -> tuple[float, float]:
        """How far the inputs of what bends have moved, and the largest sum of the parts that the loss's change has."""
        bend = parts = 0.0
        for place, output in enumerate(outputs, start + 1):
            change = np.abs(output - self._outputs[place])
            parts = max(parts, float((change * self._gradients[place]).sum()))
            if place == len(self._layers):
                by_class = self._probabilities.copy()
                by_class[self._label] += 1  # backward subtracts 1 from the label's probability, and so rounds
                parts = max(parts, float(change.reshape(-1).dot(by_class)))
            if place == len(self._layers) or isinstance(self._layers[place], _EXPONENTIAL):
                bend = max(bend, float(change.max()))
            elif self._is_unknown(self._layers[place]):
                scale = np.minimum(np.abs(self._outputs[place]), 1.0)
                bend = max(bend, float(np.divide(change, scale, out=np.zeros_like(change), where=scale > 0).max()))
        return bend, parts


def slopes_work(network: Network) -> tuple[Work, Work]:
    """Estimate of measuring the slopes by every parameter, and of those by one number of the first layer or a pixel.

    The layers before a parameter's own are not run again.
    """
    befores = (network.input_shape, *network.shapes)
    each = Work.of(calls=10 * PASSES_PER_NUMBER, temporary=network.parameter_count)
    total = Work()
    for layer, before in reversed([*zip(network.layers, befores, strict=False)]):
        # Each pass compares every output with that of the pass before, and calls some ten functions to do so.
        compared = Work.of(calls=12, moved=6 * prod(before))
        each += (layer.forward_work(before, 1) + compared).repeated(PASSES_PER_NUMBER)
        numbers = sum(prod(shape) for shape in network.parameter_shapes.get(layer.name, {}).values())
        total += each.dropping().repeated(numbers)
    return total, each.dropping()


class _Move(NamedTuple):
    """How far a number was moved, to the last bit, and what the layers from its own on made of that."""

    offset: float
    outputs: list[Array]


_Mover: TypeAlias = Callable[[float, bool], _Move]
"""Move a number by an offset, with or without the rule for ties."""


def _at_zero(places: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Extrapolate to 0 by a polynomial (Neville's scheme), smallest place first; and what the last place changed."""
    column, before = list(values), list(values)
    for width in range(1, len(places)):
        before = column
        column = [
            (places[i + width] * one - places[i] * next_one) / (places[i + width] - places[i])
            for i, (one, next_one) in enumerate(pairwise(column))
        ]
    return column[0], abs(column[0] - before[0])
