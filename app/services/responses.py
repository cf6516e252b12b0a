"""GET /patterns and POST /responses: convolve pictures with every preset kernel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..catalogue import KERNELS
from ..catalogue.patterns import PATTERNS
from ..engine.arrays import Array
from ..engine.finite import check_finite
from ..engine.signal import convolve
from ..schemas.json_bytes import to_json
from ..schemas.responses import ResponsesRequest


def responses_of(image: NDArray[np.float64]) -> dict[str, Array]:
    """The answer of every preset kernel that fits the image."""
    fitting = {
        name: kernel.matrix for name, kernel in KERNELS.items() if np.all(np.less_equal(kernel.size, image.shape))
    }
    return {name: convolve(image, matrix).output for name, matrix in fitting.items()}


def patterns_out() -> list[dict[str, Any]]:
    """Every pattern as `PatternOut` describes it."""
    return [
        {"id": p.id, "name": p.name, "about": p.about, "image": p.image, "responses": responses_of(p.image)}
        for p in PATTERNS.values()
    ]


def responses_json(request: ResponsesRequest) -> bytes:
    """Convolve with every preset and write the reply.

    Raises
    ------
    NotFiniteError
        If a sum is too large for float64.
    """
    with np.errstate(all="ignore"):
        responses = responses_of(request.image)
        for name, response in responses.items():
            check_finite(response, f"kernel '{name}'", field="image")
    return to_json({"responses": responses})
