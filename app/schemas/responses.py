"""What the preset kernels make of pictures: GET /patterns, POST /responses."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from ..catalogue import KERNELS
from ..catalogue.patterns import PATTERNS
from ..engine.arrays import Array
from ..engine.signal import convolve
from .arrays import Matrix
from .base import ReplyModel, RequestModel
from .json_bytes import to_json
from .network import NOTEBOOK_EIGHT
from .refusal import RefusedError

_ABOUT_RESPONSES = (
    "For each kernel by its id, the convolution without padding; a kernel larger than the image is left out."
)


class PatternOut(ReplyModel):
    """A picture, and what every preset kernel answers to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "dot",
                    "name": "Dot",
                    "about": "One pixel.",
                    "image": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                    "responses": {"identity": [[1]]},
                }
            ]
        }
    )

    id: str = Field(description="What it is called in addresses.")
    name: str = Field(description="What people call it.")
    about: str = Field(description="What it is there to show.")
    image: Matrix = Field(description="The picture, 0 to 1.")
    responses: dict[str, Matrix] = Field(description=_ABOUT_RESPONSES)


class ResponsesRequest(RequestModel):
    """A picture for every preset kernel."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image": NOTEBOOK_EIGHT}]})

    image: Matrix = Field(description="The picture, (H, W).", examples=[NOTEBOOK_EIGHT])


class ResponsesReply(ReplyModel):
    """What every preset kernel answers to it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"responses": {"notebook": [[1, 2, 1], [0, 2, 0], [1, 2, 1]]}}]}
    )

    responses: dict[str, Matrix] = Field(description=_ABOUT_RESPONSES)


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
    RefusedError
        If a sum is too large for float64.
    """
    with np.errstate(all="ignore"):
        responses = responses_of(request.image)
    if not all(np.isfinite(response).all() for response in responses.values()):
        raise RefusedError.overflow("responses", "image")
    return to_json({"responses": responses})
