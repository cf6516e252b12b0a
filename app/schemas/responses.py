"""GET /patterns and POST /responses: images convolved with every preset kernel."""

from pydantic import ConfigDict, Field

from .arrays import Matrix
from .base import RequestModel, ResponseModel
from .network import NOTEBOOK_EIGHT

_ABOUT_RESPONSES = (
    "For each kernel by its id, the convolution without padding; a kernel larger than the image is left out."
)


class PatternOut(ResponseModel):
    """An image, and its convolutions with every preset kernel."""

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
    """An image to convolve with every preset kernel."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image": NOTEBOOK_EIGHT}]})

    image: Matrix = Field(description="The picture, (H, W).", examples=[NOTEBOOK_EIGHT])


class ResponsesResponse(ResponseModel):
    """The image convolved with every preset kernel."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"responses": {"notebook": [[1, 2, 1], [0, 2, 0], [1, 2, 1]]}}]}
    )

    responses: dict[str, Matrix] = Field(description=_ABOUT_RESPONSES)
