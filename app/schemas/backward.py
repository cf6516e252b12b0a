"""POST /backward: the gradient of one example's loss at every layer and by every parameter."""

from collections.abc import Iterator
from math import prod
from typing import Annotated, Any, Final

import numpy as np
from pydantic import ConfigDict, Field

from ..engine.gradcheck import GradientCheck, gradcheck_in_slices
from ..engine.losses.cross_entropy import cross_entropy
from ..engine.network import Network
from ..engine.trace import BackwardTrace, ForwardTrace
from .arrays import AnyArray, AnyMask, Image
from .base import NotNull, ReplyModel
from .examples import fitting_image, fitting_label
from .finite import finite_json, first_overflow
from .forward import TraceOut, trace_out
from .network import NOTEBOOK_EIGHT, NOTEBOOK_FORWARD, NetworkRequest, ParametersSpec, resolve_parameters
from .refusal import RefusedError

WORST: Final = "max_relative_error"
"""The one key of `check` that is not the name of a layer."""

_DENSE: Final = {"type": "dense", "name": "dense", "out_features": 2}
_SMALL: Final[dict[str, Any]] = {
    "network": {"input_shape": [1, 1, 1], "layers": [{"type": "flatten"}, _DENSE]},
    "parameters": {"dense": {"weight": [[0, 0]], "bias": [0, 0]}},
    "image": [[1]],
    "label": 1,
    "check": True,
}


class BackwardRequest(NetworkRequest):
    """A network, and one example."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SMALL, NOTEBOOK_FORWARD | {"label": 8, "check": True}]})

    image: Image = Field(description="(H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])
    label: int = Field(ge=0, le=2**31 - 1, description="The class it shows, from 0.", examples=[8])
    check: bool = Field(
        default=False, description="Whether to measure every parameter's slope too, by finite differences of the loss."
    )


_HALVES: Final = [0.5, -0.5]
_OF_DENSE: Final[dict[str, Any]] = {"dense": {"weight": [_HALVES], "bias": _HALVES}}
_NO_TIES: Final[dict[str, Any]] = {"dense": {"weight": [[False, False]], "bias": [False, False]}}
_REPLY: Final[dict[str, Any]] = {
    "loss": 0.6931471805599453,
    "layers": [
        {"name": "flatten", "type": "flatten", "gradient": [0]},
        {"name": "dense", "type": "dense", "gradient": _HALVES},
    ],
    "parameters": _OF_DENSE,
    "trace": {
        "layers": [
            {"name": "flatten", "type": "flatten", "output": [1]},
            {"name": "dense", "type": "dense", "output": [0, 0]},
        ],
        "logits": [0, 0],
        "probabilities": [0.5, 0.5],
        "predicted": 0,
    },
    "check": {**_OF_DENSE, WORST: 0.0},
    "ties": _NO_TIES,
    "slopes": {"left": _OF_DENSE, "right": _OF_DENSE},
}


class LayerGradientOut(ReplyModel):
    """How the loss changes with one layer's output."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPLY["layers"][1]]})

    name: str = Field(description="The layer's name, its own or the one the network gave it.")
    type: str = Field(description="The kind of layer.")
    gradient: AnyArray = Field(description="Of the loss by the layer's output, (C, H, W) or (n,) as that is.")


class SlopesOut(ReplyModel):
    """The slopes of the loss on either side of each parameter's value, by one-sided differences."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPLY["slopes"]]})

    left: ParametersSpec = Field(description="Below the value.")
    right: ParametersSpec = Field(description="Above the value.")


class BackwardReply(ReplyModel):
    """One example's loss, all its gradients, and the numbers that they are made of."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REPLY]})

    loss: float = Field(ge=0, description="Cross-entropy: -ln of the probability of the label.")
    layers: list[LayerGradientOut] = Field(
        description="One entry a layer, in order; a final softmax has none, as the loss is taken of the logits."
    )
    parameters: ParametersSpec = Field(
        description="Gradient of the loss by every parameter, frozen or not, shaped as the parameters."
    )
    trace: TraceOut = Field(description="The forward pass that the gradients belong to, as /forward gives it.")
    network_parameters: Annotated[ParametersSpec | None, NotNull()] = Field(
        default=None, description="Only if a seed was given: all the parameters that were used."
    )
    check: Annotated[dict[str, dict[str, AnyArray] | float] | None, NotNull()] = Field(
        default=None,
        description="Only with check: the measured slope beside every gradient (central differences), and "
        "max_relative_error, the largest difference to the gradients, ties left out.",
    )
    ties: Annotated[dict[str, dict[str, AnyMask]] | None, NotNull()] = Field(
        default=None,
        description="Only with check: true where the loss has a kink, such as equal cells in a max-pool window or a "
        "ReLU at exactly 0, so that its slope has two values; and where tie_break all hands a gradient on more than "
        "once. A gradient that is no slope there is no error.",
    )
    slopes: Annotated[SlopesOut | None, NotNull()] = Field(
        default=None, description="Only with check: the two slopes, which differ at a tie alone."
    )


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
    yield finite_json(reply, lambda: _overflow(trace, backward))


def _overflow(trace: ForwardTrace, backward: BackwardTrace) -> RefusedError:
    """What names the layer in which a number became too large: on the way forward, or else on the way back."""
    if trace.not_finite is None:
        for index, layer in reversed([*enumerate(backward.layers)]):
            if not np.isfinite(layer.gradient).all():
                return RefusedError.overflow(f"the gradient of {layer.type} '{layer.name}'", f"network.layers.{index}")
        for name, arrays in backward.parameters.items():
            if not all(np.isfinite(array).all() for array in arrays.values()):
                return RefusedError.overflow(f"the gradient of the parameters of '{name}'", f"parameters.{name}")
    return first_overflow([trace])


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
