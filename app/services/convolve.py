"""POST /convolve: convolve a signal with a kernel and write the response."""

from collections.abc import Iterator
from functools import partial
from math import prod

import numpy as np

from ..engine.finite import check_finite
from ..engine.signal import Convolution, convolution_work, convolve
from ..schemas.convolve import ConvolveRequest
from ..schemas.errors import RequestError, check_limit
from ..schemas.limits import Limits
from ..schemas.npy import write_npy
from ..schemas.serialization import json_in_slices
from .operation import Operation, answered, array_json_work, json_work


def convolution(request: ConvolveRequest, limits: Limits, *, npy: bool = False) -> Operation[bytes]:
    """Return the operation of POST /convolve.

    Parameters
    ----------
    request
        The request.
    limits
        Limits of this server.
    npy
        True for a response in .npy.

    Raises
    ------
    EngineError, RequestError
        If the arrays or options do not go together, or a limit is exceeded.
    """
    if npy and request.explain:
        raise RequestError(
            "explain", "A .npy response has no terms", value=True, allowed="false, or a response of JSON"
        )
    signal, kernel = request.input.shape, request.kernel.shape
    side = "max_signal_length" if len(signal) == 1 else "max_image_side"
    for field, sizes in (("input", signal), ("kernel", kernel)):
        limit = "max_kernel_size" if field == "kernel" and len(sizes) == 2 else side
        for what, size in zip(("the length",) if len(sizes) == 1 else ("the height", "the width"), sizes, strict=True):
            check_limit(limits, limit, field, what, size)
    check_limit(limits, side, "padding", "", int(np.max(request.padding)))
    work, padded, outputs, terms = convolution_work(
        signal,
        kernel,
        convention=request.convention,
        padding=request.padding,
        stride=request.stride,
        dilation=request.dilation,
        explain=request.explain,
    )
    check_limit(limits, "max_elements", "padding", "the number of values in the response", prod(padded) + prod(outputs))
    if request.explain:
        check_limit(limits, "max_terms", "explain", "the number of terms", terms)
    lists = json_work(integers=sum(padded) + sum(outputs))
    response = array_json_work(padded, outputs) + lists + json_work(objects=terms, whole=False)
    field = "explain" if request.explain else "kernel"
    return Operation(answered(work, response), partial(convolve_npy if npy else convolve_json, request), field)


def convolve_json(request: ConvolveRequest) -> Iterator[bytes | None]:
    """Convolve and write the response.

    Raises
    ------
    EngineError
        If the arrays or options do not go together, or a sum is too large for float64.
    """
    result = _convolved(request)
    response = {
        "output": result.output,
        "output_size": result.output_size,
        "index": result.index,
        "padded": result.padded,
        "span": result.span,
        "never_covered": result.never_covered,
        "same_padding": result.same_padding,
    }
    if result.terms is not None:
        response["terms"] = result.terms
    yield from json_in_slices(response)


def convolve_npy(request: ConvolveRequest) -> Iterator[bytes]:
    """Convolve and write the output alone, as .npy; raises as `convolve_json` does."""
    yield write_npy(_convolved(request).output)


def _convolved(request: ConvolveRequest) -> Convolution:
    with np.errstate(all="ignore"):
        result = convolve(
            request.input,
            request.kernel,
            convention=request.convention,
            padding=request.padding,
            stride=request.stride,
            dilation=request.dilation,
            explain=request.explain,
        )
        check_finite(result.output, "convolve", field="input")
    return result
