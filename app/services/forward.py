"""POST /forward: send images through a network and write every number on the way."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.network import Network
from ..engine.trace import ForwardTrace
from ..engine.work import Work
from ..schemas.errors import check_limit
from ..schemas.forward import ForwardRequest
from ..schemas.limits import Limits
from ..schemas.serialization import finite_json_in_slices
from .examples import fitting_image
from .networks import inputs_work, network_of, parameters_json_work
from .operation import Operation, answered, array_json_work, json_work
from .parameters import resolve_parameters


def trace_out(trace: ForwardTrace) -> list[dict[str, Any]]:
    """Return a batch's trace as one entry for each image, ready for `to_json`; see `TraceOut`."""
    columns = [(layer, layer.winners) for layer in trace.layers]
    logits, probabilities, predicted = trace.logits, trace.probabilities, trace.predicted.tolist()
    return [
        {
            "layers": [
                {"name": layer.name, "type": layer.type, "output": layer.output[image]}
                if wins is None
                else {"name": layer.name, "type": layer.type, "output": layer.output[image], "winners": wins[image]}
                for layer, wins in columns
            ],
            "logits": logits[image],
            "probabilities": probabilities[image],
            "predicted": predicted[image],
        }
        for image in range(len(predicted))
    ]


def trace_work(network: Network, images: int) -> Work:
    """Return the estimate of `trace_out` and of writing its result, which is kept."""
    return network.winners_work(images) + trace_json_work(network, images)


def trace_json_work(network: Network, images: int) -> Work:
    """Return the estimate of writing the traces of images, whether they are of one pass or of several."""
    shapes = [*network.shapes, network.shapes[-1], network.shapes[-1]] * images
    booleans = json_work(booleans=images * network.winners_count)
    objects = json_work(objects=images * (len(network.shapes) + 1))
    return array_json_work(*shapes) + booleans + objects


def forward(request: ForwardRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /forward.

    Raises
    ------
    EngineError, RequestError
        If the network does not fit, or a limit is exceeded.
    """
    network, images = network_of(request.network, limits), len(request.images or [None])
    check_limit(limits, "max_images", "images", "the number of images", images)
    field = "images" if images > 1 else "network"
    check_limit(limits, "max_elements", field, "the number of values in the response", network.trace_numbers * images)
    inputs = inputs_work(network, request.seed, images)
    drawn = Work() if request.seed is None else parameters_json_work(network)
    response = trace_work(network, images) + drawn
    return Operation(
        answered(inputs + network.forward_work(images), response), partial(_forward, request, network), field
    )


def _forward(request: ForwardRequest, network: Network) -> Iterator[bytes | None]:
    """Run the images through the network and write the response.

    Raises
    ------
    EngineError, RequestError
        If an image or the parameters do not fit, or a number on the way is too large for float64.
    """
    images = images_of(request, network.input_shape)
    parameters = resolve_parameters(network, request.parameters, request.seed)
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, images)
        response: dict[str, Any] = {"traces": trace_out(trace)}
    if request.seed is not None:
        response["parameters"] = parameters
    yield from finite_json_in_slices(response, trace.check_finite)


def images_of(request: ForwardRequest, input_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the images as one array (N, C, H, W).

    Raises
    ------
    RequestError
        Naming the first image whose shape is not the network's.
    """
    if request.image is not None:
        return fitting_image(request.image, input_shape, "image")[None]
    batch = [fitting_image(image, input_shape, f"images.{index}") for index, image in enumerate(request.images or [])]
    return np.stack(batch)
