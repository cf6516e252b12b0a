"""POST /explain: explain numbers of one image's passes and write the response."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from ..engine.network import Network
from ..explain import count_terms, explain, explanation_work
from ..explain.model import Explanation
from ..schemas.errors import check_limit
from ..schemas.explain import ExplainRequest
from ..schemas.limits import Limits
from ..schemas.serialization import json_in_slices
from .examples import fitting_image
from .networks import network_of, parameters_work
from .operation import Operation, answered, json_work
from .parameters import resolve_parameters

_OPTIONAL = ("grids", "order", "winners", "check", "update")


def explanation(request: ExplainRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /explain.

    Raises
    ------
    EngineError, RequestError
        If the network cannot be explained or has no such number, or a limit is exceeded.
    """
    network = network_of(request.network, limits)
    terms = count_terms(network, request.cells)
    check_limit(limits, "max_terms", "cells", "the number of terms", terms)
    check_limit(limits, "max_elements", "network", "the number of values in the pass", network.trace_numbers)
    inputs = parameters_work(network, None) + network.setup_work
    work = explanation_work(network, len(request.cells), terms, check=request.check)
    response = json_work(objects=3 * terms + 10 * len(request.cells), numbers=3 * terms, whole=False)
    return Operation(answered(inputs + work, response), partial(_explain, request, network), "cells")


def _explain(request: ExplainRequest, network: Network) -> Iterator[bytes | None]:
    """Explain and write the response.

    Raises
    ------
    EngineError, RequestError
        If the image or the parameters do not fit, a label is needed or is no class, or a number is too large for
        float64.
    """
    image = fitting_image(request.image, network.input_shape, "image")
    parameters = resolve_parameters(network, request.parameters, None)
    explanations = explain(
        network,
        parameters,
        image,
        request.cells,
        label=request.label,
        check=request.check,
        learning_rate=request.learning_rate,
    )
    yield from json_in_slices({"explanations": [explanation_out(explanation) for explanation in explanations]})


def explanation_out(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation without its absent parts; `to_json` serializes the rest."""
    names = explanation.__slots__
    return {name: value for name in names if (value := getattr(explanation, name)) is not None or name not in _OPTIONAL}
