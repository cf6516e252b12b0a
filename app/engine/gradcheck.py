"""Measure every slope of the loss beside what backward computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from .arrays import Array, BoolArray, LayerParameters, Parameters
from .losses.cross_entropy import cross_entropy, cross_entropy_work
from .nearby_loss import NearbyLoss, slopes_work
from .network import Network
from .work import Work


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
        The slope of the loss by finite differences; at a tie the mean of `left` and `right`.
    left, right
        The slope when the parameter falls, and when it rises. They differ at a tie only.
    tie
        True where the loss has a kink: the slope has two values, as where two cells of a max-pool window are equal,
        or a ReLU stands at 0 (`ties` has the rule). There `gradient` may be either slope, or another that the rule for
        ties gives. True also where ``tie_break="all"`` counts equal cells that move alike: the loss has no kink there,
        but the rule hands the gradient on more than once.
    max_relative_error
        Largest |gradient − slope| / max(|gradient|, |slope|), both counted as at least a million times what float64
        can resolve. At a tie the slope is the one that the rule for ties gives, so an error cannot hide behind a tie.
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
    exact: Parameters = {
        layer: {name: array.astype(np.float64) for name, array in arrays.items()}
        for layer, arrays in parameters.items()
    }
    trace = network.forward(exact, image[None].astype(np.float64))
    (loss,), grad_logits = cross_entropy(trace.logits, np.array([label]))
    backward = network.backward(exact, trace, grad_logits)
    nearby = NearbyLoss(network, exact, trace, backward, label)
    numeric, left, right = (
        {layer: {name: np.zeros_like(array) for name, array in arrays.items()} for layer, arrays in exact.items()}
        for _ in range(3)
    )
    tie = {
        layer: {name: np.zeros(array.shape, dtype=np.bool_) for name, array in arrays.items()}
        for layer, arrays in exact.items()
    }
    worst = 0.0
    for layer, arrays in exact.items():
        for name, array in arrays.items():
            for index in np.ndindex(array.shape):
                yield None
                slopes = nearby.slopes_by_parameter(layer, name, index)
                numeric[layer][name][index] = slopes.numeric
                left[layer][name][index], right[layer][name][index] = slopes.left, slopes.right
                tie[layer][name][index] = slopes.is_tie
                worst = max(worst, slopes.error_of(float(backward.parameters[layer][name][index])))
    yield GradientCheck(
        loss=float(loss),
        gradient=backward.parameters,
        numeric=numeric,
        left=left,
        right=right,
        tie=tie,
        max_relative_error=worst,
    )


def gradcheck_work(network: Network) -> tuple[Work, Work]:
    """Estimate of `gradcheck_in_slices`: of all of it, and of its longest slice."""
    loss = network.forward_work(1) + cross_entropy_work(1, prod(network.shapes[-1]))
    # A copy of the parameters, their gradient, three arrays of slopes and one of ties.
    arrays = Work.of(calls=10 * len(network.layers), kept=6 * network.parameter_count)
    # The loss near by keeps a second set of outputs, and of what each layer decides by.
    passes = loss + network.decisions_work(1) + network.backward_work(1) + network.forward_work(1) * 2
    total, each = slopes_work(network)
    return arrays + passes + total, passes + each
