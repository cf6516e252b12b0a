"""Central differences of the loss beside what backward computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .arrays import Array, BoolArray, LayerParameters, Parameters
from .layers.max_pool2d import MaxPool2d
from .losses.cross_entropy import cross_entropy
from .network import Network

WIDE, NEAR, NEAREST = 1e-4, 1e-5, 1e-6
"""Distances at which the loss is looked at on both sides of each parameter."""
LOSSES_PER_NUMBER = 8
"""Forward passes that each parameter takes."""
NOISE = 1e-8
"""Slopes of a loss near 1 that differ by less cannot be told apart at these distances in float64."""
FLOOR = 1e-2
"""Smaller gradients are compared as if they were so large: of them `NOISE` alone is more than a millionth."""


@dataclass(frozen=True)
class GradientCheck:
    """Every gradient of one example's loss, computed and measured; all arrays are shaped as the parameters.

    Attributes
    ----------
    loss
        Of the example.
    gradient
        By `Network.backward`.
    numeric
        The slope of the loss, by central differences; at a tie the mean of `left` and `right`.
    left, right
        The slope on either side, by one-sided differences. They differ at a tie only.
    tie
        True where the loss has a kink: the slope has two values, as where two cells of a max-pool window are equal,
        or a ReLU stands at exactly 0. There `gradient` may be either slope, or another that the tie-breaking rule
        gives, and is right all the same. True also where ``tie_break="all"`` counts equal cells that move alike: the
        loss has no kink there, but the rule hands the gradient on more than once.
    max_relative_error
        Largest |gradient − numeric| / max(|gradient|, |numeric|, `FLOOR` · max(1, loss)) where there is no tie; 0 if
        all are ties. The floor is there because the difference of two losses in float64 cannot resolve less.
    """

    loss: float
    gradient: Parameters
    numeric: Parameters
    left: Parameters
    right: Parameters
    tie: dict[str, dict[str, BoolArray]]
    max_relative_error: float


def gradcheck(network: Network, parameters: Mapping[str, LayerParameters], image: Array, label: int) -> GradientCheck:
    """Compare backward with the slopes of the loss, parameter by parameter, frozen ones too.

    Parameters
    ----------
    network, parameters
        As for `Network.forward`; worked on in float64, whatever they are.
    image
        Of ``network.input_shape``.
    label
        The right class.

    Raises
    ------
    EngineError
        If the image, the label or the parameters do not fit.
    """
    *_, check = filter(None, gradcheck_in_slices(network, parameters, image, label))
    return check


def gradcheck_in_slices(
    network: Network, parameters: Mapping[str, LayerParameters], image: Array, label: int
) -> Iterator[GradientCheck | None]:
    """As `gradcheck`, which comes at the end; None before each parameter, so that a caller can take turns or stop."""
    network.check_parameters(parameters)
    shaken: Parameters = {
        layer: {name: array.astype(np.float64) for name, array in arrays.items()}
        for layer, arrays in parameters.items()
    }
    images, labels = image[None].astype(np.float64), np.array([label])
    trace = network.forward(shaken, images)
    (loss,), grad_logits = cross_entropy(trace.logits, labels)
    gradient = network.backward(shaken, trace, grad_logits).parameters

    def loss_at(array: Array, place: tuple[int, ...], value: float) -> float:
        array[place] = value
        return float(cross_entropy(network.forward(shaken, images).logits, labels)[0][0])

    counted_once = _gradient_with_ties_to_the_first(network, shaken, images, grad_logits)
    measured = {
        layer: {name: _Slopes.like(array) for name, array in arrays.items()} for layer, arrays in shaken.items()
    }
    scale = max(1.0, float(loss))
    worst = 0.0
    for layer, arrays in shaken.items():
        for name, array in arrays.items():
            slopes, backward = measured[layer][name], gradient[layer][name]
            for place in np.ndindex(array.shape):
                yield None
                kept = float(array[place])
                losses = {
                    distance: loss_at(array, place, kept + distance)
                    for step in (WIDE, NEAR, NEAREST)
                    for distance in (step, -step)
                }
                losses |= {distance: loss_at(array, place, kept + distance) for distance in (2 * WIDE, -2 * WIDE)}
                array[place] = kept
                slopes.measure(place, float(loss), losses, scale)
                slopes.tie[place] |= abs(backward[place] - counted_once[layer][name][place]) > NOISE * scale
                if not slopes.tie[place]:
                    ours, theirs = float(backward[place]), float(slopes.numeric[place])
                    worst = max(worst, abs(ours - theirs) / max(abs(ours), abs(theirs), FLOOR * scale))

    yield GradientCheck(
        loss=float(loss),
        gradient=gradient,
        numeric={layer: {name: s.numeric for name, s in of.items()} for layer, of in measured.items()},
        left={layer: {name: s.left for name, s in of.items()} for layer, of in measured.items()},
        right={layer: {name: s.right for name, s in of.items()} for layer, of in measured.items()},
        tie={layer: {name: s.tie for name, s in of.items()} for layer, of in measured.items()},
        max_relative_error=worst,
    )


def _gradient_with_ties_to_the_first(
    network: Network, parameters: Parameters, images: Array, grad_logits: Array
) -> Parameters:
    """What backward would give if every max-pool had ``tie_break="first"``."""
    layers = tuple(
        replace(layer, tie_break="first") if isinstance(layer, MaxPool2d) else layer for layer in network.layers
    )
    other = Network(network.input_shape, layers)
    return other.backward(parameters, other.forward(parameters, images), grad_logits).parameters


@dataclass(frozen=True)
class _Slopes:
    """The slopes by one parameter array."""

    numeric: Array
    left: Array
    right: Array
    tie: BoolArray

    @classmethod
    def like(cls, array: Array) -> _Slopes:
        numeric, left, right = (np.zeros(array.shape) for _ in range(3))
        return cls(numeric, left, right, np.zeros(array.shape, dtype=np.bool_))

    def measure(self, place: tuple[int, ...], loss: float, losses: Mapping[float, float], scale: float) -> None:
        """Slopes at `place` from the loss there and the losses at each distance from it.

        Of a smooth loss the two one-sided slopes come together as the distance shrinks, ten times closer at a tenth of
        it; at a kink they stay apart.
        """
        right, left = ((losses[side * NEAREST] - loss) / (side * NEAREST) for side in (1, -1))
        apart = abs(right - left)
        apart_before = abs((losses[NEAR] - loss) / NEAR - (loss - losses[-NEAR]) / NEAR)
        self.right[place], self.left[place] = right, left
        self.tie[place] = tie = apart > NOISE * scale and apart > apart_before / 2
        self.numeric[place] = (left + right) / 2 if tie else _slope(losses, scale)


def _slope(losses: Mapping[float, float], scale: float) -> float:
    """Slope of a loss that is smooth here, though there may be a kink near by.

    The widest differences resolve most: with four losses, f′ ≈ (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h with an
    error of the order h⁴. Where a kink lies within them they disagree with the narrower ones, which are then taken.
    """
    widest = (8 * (losses[WIDE] - losses[-WIDE]) - (losses[2 * WIDE] - losses[-2 * WIDE])) / (12 * WIDE)
    narrower, narrowest = ((losses[step] - losses[-step]) / (2 * step) for step in (NEAR, NEAREST))
    if abs(widest - narrower) <= NOISE * scale:
        return widest
    return narrower if abs(narrower - narrowest) <= NOISE * scale else narrowest
