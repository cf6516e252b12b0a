"""POST /output-size: follow a size through a chain of layers and write the response."""

from collections.abc import Iterator
from functools import partial

from ..engine.receptive_field import AxisWindows, coverage_of_chain, coverage_work
from ..schemas.errors import check_limit
from ..schemas.limits import Limits
from ..schemas.output_size import OutputSizeRequest
from ..schemas.serialization import json_in_slices
from .operation import Operation, answered, json_work


def output_size(request: OutputSizeRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /output-size.

    Raises
    ------
    EngineError, RequestError
        If not even one window of a layer fits, or a limit is exceeded.
    """
    check_limit(limits, "max_signal_length", "size", "", request.size)
    check_limit(limits, "max_layers", "layers", "the number of layers", len(request.layers))
    for index, layer in enumerate(request.layers):
        where = f"layers.{index}"
        check_limit(limits, "max_signal_length", f"{where}.kernel_size", "", layer.kernel_size)
        check_limit(limits, "max_signal_length", f"{where}.padding", "", max(layer.padding))
    work, listed = coverage_work(request.size, _layers(request))
    check_limit(limits, "max_elements", "layers", "the number of values in the response", sum(listed))
    response = json_work(integers=sum(listed), objects=len(request.layers))
    return Operation(answered(work, response), partial(output_size_json, request), "layers")


def _layers(request: OutputSizeRequest) -> list[AxisWindows]:
    return [AxisWindows(**layer.model_dump()) for layer in request.layers]


def output_size_json(request: OutputSizeRequest) -> Iterator[bytes | None]:
    """Compute the sizes and write the response.

    Raises
    ------
    EngineError
        If not even one window of a layer fits.
    """
    layers = coverage_of_chain(request.size, _layers(request))
    yield from json_in_slices({"sizes": [request.size, *(layer.output_size for layer in layers)], "layers": layers})
