"""POST /forward: send images through a network and write every number on the way."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.arrays import Parameters
from ..engine.network import Network
from ..engine.trace import ForwardTrace
from ..schemas.finite import finite_json
from ..schemas.forward import ForwardRequest
from .examples import fitting_image


def trace_out(trace: ForwardTrace) -> list[dict[str, Any]]:
    """A batch's trace as one entry an image, ready for `to_json`; see `TraceOut`."""
    winners = [layer.winners for layer in trace.layers]
    columns = list(zip(trace.layers, winners, strict=True))
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


def forward_json(network: Network, parameters: Parameters, images: NDArray[np.float64], drawn: bool) -> bytes:
    """Run the images through the network and write the reply.

    Parameters
    ----------
    drawn
        Whether a seed made some of the parameters, so that the reply must carry them.

    Raises
    ------
    NotFiniteError
        If a number on the way is too large for float64, naming the layer.
    """
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, images)
        reply: dict[str, Any] = {"traces": trace_out(trace)}
    if drawn:
        reply["parameters"] = parameters
    return finite_json(reply, trace.check_finite)


def images_of(request: ForwardRequest, input_shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the images as one array (N, C, H, W).

    Raises
    ------
    RefusedError
        Naming the first image whose shape is not the network's.
    """
    if request.image is not None:
        return fitting_image(request.image, input_shape, "image")[None]
    batch = [fitting_image(image, input_shape, f"images.{index}") for index, image in enumerate(request.images or [])]
    return np.stack(batch)
