"""POST /output-size: follow a size through a chain of layers and write the response."""

from ..engine.coverage import AxisWindows, coverage_of_chain
from ..schemas.json_bytes import to_json
from ..schemas.output_size import OutputSizeRequest


def output_size_json(request: OutputSizeRequest) -> bytes:
    """Measure and write the reply.

    Raises
    ------
    EngineError
        If not even one window of a layer fits.
    """
    layers = coverage_of_chain(request.size, [AxisWindows(**layer.model_dump()) for layer in request.layers])
    return to_json({"sizes": [request.size, *(layer.output_size for layer in layers)], "layers": layers})
