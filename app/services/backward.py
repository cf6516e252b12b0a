"""POST /backward: the gradient of one example's loss, and its check by finite differences."""

from collections.abc import Iterator
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..engine.arrays import Array
from ..engine.finite import check_finite
from ..engine.gradcheck import GradientCheck, gradcheck_in_slices, gradcheck_work
from ..engine.losses.cross_entropy import cross_entropy, cross_entropy_work
from ..engine.network import Network
from ..engine.trace import BackwardTrace, ForwardTrace
from ..engine.work import Work
from ..schemas.backward import WORST, BackwardRequest
from ..schemas.errors import RequestError, check_limit
from ..schemas.limits import Limits
from ..schemas.serialization import finite_json_in_slices
from .examples import fitting_image, fitting_label
from .forward import trace_out, trace_work
from .networks import inputs_work, network_of, parameters_json_work
from .operation import Operation, answered, array_json_work, json_work
from .parameters import resolve_parameters


def backward(request: BackwardRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /backward.

    Raises
    ------
    EngineError, RequestError
        If the network does not fit, or a limit is exceeded.
    """
    network = network_of(request.network, limits)
    numbers = 2 * (network.trace_numbers + network.parameter_count) * (2 if request.check else 1)
    check_limit(limits, "max_elements", "network", "the number of values in the response", numbers)
    inputs = inputs_work(network, request.seed, 1)
    loss = cross_entropy_work(1, prod(network.shapes[-1]))
    # Writing the trace counts the decisions too, if it writes winners.
    decisions = Work() if network.winners_count else network.decisions_work(1)
    passes = network.forward_work(1) + loss + decisions + network.backward_work(1)
    gradients = array_json_work(*network.shapes) + json_work(objects=len(network.shapes))
    response = trace_work(network, 1) + gradients + parameters_json_work(network) * (1 if request.seed is None else 2)
    if not request.check:
        return Operation(answered(inputs + passes, response), partial(_backward, request, network), "network")
    check, each = gradcheck_work(network)
    booleans = json_work(booleans=network.parameter_count)
    response += parameters_json_work(network) * 3 + booleans
    work = answered(inputs + passes + check, response)
    longest = max((inputs + passes).cost, each.cost, response.cost)
    return Operation(work, partial(_backward, request, network), "network", longest, "check")


def _backward(request: BackwardRequest, network: Network) -> Iterator[bytes | None]:
    """Yield the response at the end, and None wherever the work may be interrupted.

    Raises
    ------
    EngineError, RequestError
        If what is asked for does not fit, or a number on the way is too large for float64.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    image = fitting_image(request.image, network.input_shape, "image")
    label = fitting_label(request.label, prod(network.shapes[-1]), "label")
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, image[None])
        losses, grad_logits = cross_entropy(trace.logits, np.array([label]))
        backward = network.backward(parameters, trace, grad_logits)
        response: dict[str, Any] = {
            "loss": losses[0],
            "layers": [
                {"name": layer.name, "type": layer.type, "gradient": layer.gradient[0]} for layer in backward.layers
            ],
            "parameters": backward.parameters,
            "trace": trace_out(trace)[0],
        }
    if request.seed is not None:
        response["network_parameters"] = parameters
    if request.check:
        checks = gradcheck_in_slices(network, parameters, image, label)
        while (check := _next_quietly(checks)) is None:
            yield None
        response |= _checked(check)
    yield from finite_json_in_slices(response, lambda: _check(trace, losses, backward))


def _check(trace: ForwardTrace, losses: Array, backward: BackwardTrace) -> None:
    """Raise `NotFiniteError` naming what became too large: on the way forward, or else on the way back."""
    trace.check_finite()
    check_finite(losses, "the loss", field="network")
    backward.check_finite()


def _next_quietly(checks: Iterator[GradientCheck | None]) -> GradientCheck | None:
    # numpy's settings belong to the thread, and each slice may be done on another.
    with np.errstate(all="ignore"):
        return next(checks)


def _checked(check: GradientCheck) -> dict[str, Any]:
    if WORST in check.numeric:
        raise RequestError("network", f"A layer called {WORST} cannot be checked", allowed="another name")
    return {
        "check": {**check.numeric, WORST: check.max_relative_error},
        "ties": check.tie,
        "slopes": {"left": check.left, "right": check.right},
    }
