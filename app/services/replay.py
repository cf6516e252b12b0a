"""POST /replay: send one image through a network as it was at several moments."""

from collections.abc import Iterable

import numpy as np

from ..engine.exceptions import ParameterError
from ..engine.network import Network
from ..engine.trace import ForwardTrace
from ..schemas.finite import finite_json
from ..schemas.replay import ReplayRequest
from .examples import fitting_image
from .forward import trace_out


def replay_json(request: ReplayRequest, network: Network) -> bytes:
    """Run the image through the network with each snapshot, and write the reply.

    Raises
    ------
    EngineError, RefusedError
        If a snapshot or the image does not fit, or a number on the way is too large for float64.
    """
    image = fitting_image(request.image, network.input_shape, "image")[None]
    traces: list[ForwardTrace] = []
    with np.errstate(all="ignore"):
        for index, parameters in enumerate(request.snapshots):
            try:
                network.check_parameters(parameters)
            except ParameterError as error:
                error.where = f"snapshots.{index}"
                error.field = error.where + error.field.removeprefix("parameters")
                raise
            traces.append(network.forward(parameters, image))
        reply = {"traces": [trace_out(trace)[0] for trace in traces]}
    return finite_json(reply, lambda: _check(traces))


def _check(traces: Iterable[ForwardTrace]) -> None:
    for trace in traces:
        trace.check_finite()
