"""POST /convolve: convolve a signal with a kernel and write the response."""

import numpy as np

from ..engine.finite import check_finite
from ..engine.signal import Convolution, convolve
from ..schemas.convolve import ConvolveRequest
from ..schemas.json_bytes import to_json
from ..schemas.npy import write_npy


def convolve_json(request: ConvolveRequest) -> bytes:
    """Convolve and write the response.

    Raises
    ------
    EngineError
        If the arrays or options do not go together, or a sum is too large for float64.
    """
    result = _convolved(request, explain=request.explain)
    reply = {
        "output": result.output,
        "output_size": result.output_size,
        "index": result.index,
        "padded": result.padded,
        "span": result.span,
        "never_covered": result.never_covered,
        "same_padding": result.same_padding,
    }
    if result.terms is not None:
        reply["terms"] = result.terms
    return to_json(reply)


def convolve_npy(request: ConvolveRequest) -> bytes:
    """Convolve and write the output alone, as .npy; raises as `convolve_json` does."""
    return write_npy(_convolved(request, explain=False).output)


def _convolved(request: ConvolveRequest, *, explain: bool) -> Convolution:
    with np.errstate(all="ignore"):
        result = convolve(
            request.input,
            request.kernel,
            convention=request.convention,
            padding=request.padding,
            stride=request.stride,
            dilation=request.dilation,
            explain=explain,
        )
        check_finite(result.output, "convolve", field="input")
    return result
