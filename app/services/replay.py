"""POST /replay: send one image through a network with several sets of parameters."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..engine.exceptions import ParameterError
from ..engine.network import Network
from ..engine.trace import ForwardTrace
from ..schemas.errors import check_limit
from ..schemas.limits import Limits
from ..schemas.replay import ReplayRequest
from ..schemas.serialization import finite_json_in_slices
from .examples import fitting_image
from .forward import trace_json_work, trace_out
from .networks import network_of, parameters_work
from .operation import Operation, answered


def replay(request: ReplayRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /replay.

    Raises
    ------
    EngineError, RequestError
        If the network does not fit, or a limit is exceeded.
    """
    network, snapshots = network_of(request.network, limits), len(request.snapshots)
    check_limit(limits, "max_snapshots", "snapshots", "the number of snapshots", snapshots)
    check_limit(
        limits, "max_elements", "snapshots", "the number of values in the response", network.trace_numbers * snapshots
    )
    each = parameters_work(network, None) + network.forward_work(1)
    response = network.winners_work(1) * snapshots + trace_json_work(network, snapshots)
    work = answered(network.setup_work + each * snapshots, response)
    return Operation(work, partial(_replay, request, network), "snapshots")


def _replay(request: ReplayRequest, network: Network) -> Iterator[bytes | None]:
    """Run the image through the network with each snapshot, and write the response.

    Raises
    ------
    EngineError, RequestError
        If a snapshot or the image does not fit, or a number on the way is too large for float64.
    """
    image = fitting_image(request.image, network.input_shape, "image")[None]
    traces: list[ForwardTrace] = []
    written: list[dict[str, Any]] = []
    for index, parameters in enumerate(request.snapshots):
        try:
            network.check_parameters(parameters)
        except ParameterError as error:
            error.where = f"snapshots.{index}"
            error.field = error.where + error.field.removeprefix("parameters")
            raise
        with np.errstate(all="ignore"):
            traces.append(network.forward(parameters, image))
            written += trace_out(traces[-1])
        yield None
    response = {"traces": written}
    yield from finite_json_in_slices(response, lambda: _check(traces))


def _check(traces: Iterable[ForwardTrace]) -> None:
    for trace in traces:
        trace.check_finite()
