"""POST /backward: the gradient of one example's loss, and its check by finite differences."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from ..engine.arrays import Array
from ..engine.finite import check_finite
from ..engine.gradcheck import GradientCheck, gradcheck_in_slices
from ..engine.losses.cross_entropy import cross_entropy
from ..engine.network import Network
from ..engine.trace import BackwardTrace, ForwardTrace
from ..schemas.backward import WORST, BackwardRequest
from ..schemas.finite import finite_json
from ..schemas.refusal import RefusedError
from .examples import fitting_image, fitting_label
from .forward import trace_out
from .parameters import resolve_parameters


def backward_json(request: BackwardRequest, network: Network) -> Iterator[bytes | None]:
    """The reply at the end, and None wherever the work may be interrupted.

    Raises
    ------
    EngineError, RefusedError
        If what is asked for does not fit, or a number on the way is too large for float64.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    image = fitting_image(request.image, network.input_shape, "image")
    label = fitting_label(request.label, prod(network.shapes[-1]), "label")
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, image[None])
        losses, grad_logits = cross_entropy(trace.logits, np.array([label]))
        backward = network.backward(parameters, trace, grad_logits)
        reply: dict[str, Any] = {
            "loss": losses[0],
            "layers": [
                {"name": layer.name, "type": layer.type, "gradient": layer.gradient[0]} for layer in backward.layers
            ],
            "parameters": backward.parameters,
            "trace": trace_out(trace)[0],
        }
    if request.seed is not None:
        reply["network_parameters"] = parameters
    if request.check:
        checks = gradcheck_in_slices(network, parameters, image, label)
        while (check := _next_quietly(checks)) is None:
            yield None
        reply |= _checked(check)
    yield finite_json(reply, lambda: _check(trace, losses, backward))


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
        raise RefusedError("network", f"A layer called {WORST} cannot be checked", allowed="another name")
    return {
        "check": {**check.numeric, WORST: check.max_relative_error},
        "ties": check.tie,
        "slopes": {"left": check.left, "right": check.right},
    }
