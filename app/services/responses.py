"""GET /patterns and POST /responses: convolve pictures with every preset kernel."""

from collections.abc import Iterator
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..catalogue import KERNELS
from ..catalogue.patterns import PATTERNS
from ..engine.arrays import Array
from ..engine.finite import check_finite
from ..engine.signal import ConvolutionWork, convolution_work, convolve
from ..engine.work import Work
from ..schemas.errors import check_limit
from ..schemas.limits import Limits
from ..schemas.responses import ResponsesRequest
from ..schemas.serialization import json_in_slices
from .operation import Operation, answered, array_json_work


def responses_of(image: NDArray[np.float64]) -> dict[str, Array]:
    """Return the image convolved with every preset kernel that is not larger."""
    return {name: convolve(image, matrix).output for name, matrix in _fitting(image).items()}


def _fitting(image: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return {name: kernel.matrix for name, kernel in KERNELS.items() if np.all(np.less_equal(kernel.size, image.shape))}


def patterns_out() -> list[dict[str, Any]]:
    """Return every pattern as `PatternOut` describes it."""
    return [
        {"id": p.id, "name": p.name, "about": p.about, "image": p.image, "responses": responses_of(p.image)}
        for p in PATTERNS.values()
    ]


def responses(request: ResponsesRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /responses; raise `RequestError` if a limit is exceeded."""
    height, width = request.image.shape
    check_limit(limits, "max_image_side", "image", "the height", height)
    check_limit(limits, "max_image_side", "image", "the width", width)
    estimates = [convolution_work(request.image.shape, matrix.shape) for matrix in _fitting(request.image).values()]
    outputs = [estimate.outputs for estimate in estimates]
    check_limit(limits, "max_elements", "image", "the number of values in the response", sum(map(prod, outputs)))
    work = sum((_kept_output(estimate) for estimate in estimates), Work())
    return Operation(answered(work, array_json_work(*outputs)), partial(responses_json, request), "image")


def _kept_output(estimate: ConvolutionWork) -> Work:
    return Work(estimate.work.cost, 8 * prod(estimate.outputs), estimate.work.peak)


def responses_json(request: ResponsesRequest) -> Iterator[bytes | None]:
    """Convolve with every preset and write the response.

    Raises
    ------
    NotFiniteError
        If a sum is too large for float64.
    """
    with np.errstate(all="ignore"):
        found = responses_of(request.image)
        for name, response in found.items():
            check_finite(response, f"kernel '{name}'", field="image")
    yield from json_in_slices({"responses": found})
