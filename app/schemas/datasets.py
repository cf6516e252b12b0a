"""GET /datasets and /datasets/{id}: labelled images."""

from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from ..catalogue import DATASETS, Dataset
from .arrays import Maps
from .base import NotNull, QueryModel, ResponseModel
from .errors import RequestError
from .network import NOTEBOOK_EIGHT

MAX_PAGE = 1_000


class Page(QueryModel):
    """The part of a data set to return."""

    split: Literal["train", "test"] | None = Field(
        default=None, description="Only the images of this split; offset, limit and total then count within it."
    )
    offset: int = Field(default=0, ge=0, le=2**31 - 1, description="Position of the first image.")
    limit: int = Field(default=100, ge=1, le=MAX_PAGE, description="Most images in the response.")


def count_of_split(dataset: Dataset, split: str, field: str) -> int:
    """Return the number of images in a split; raise `RequestError`, naming `field`, if there is no such split.

    Parameters
    ----------
    dataset
        The data set.
    split
        Name of the split.
    field
        Field or query parameter that names the split.
    """
    count = dataset.splits.count(split)
    if not count:
        message = f"The data set {dataset.id!r} has no split {split!r}"
        raise RequestError(field, message, value=split, allowed=" or ".join(sorted(set(dataset.splits))))
    return count


def dataset_out(dataset: Dataset) -> dict[str, Any]:
    """Return a data set as `DatasetOut` describes it."""
    return {
        "id": dataset.id,
        "name": dataset.name,
        "about": dataset.about,
        "origin": dataset.origin,
        "licence": dataset.licence,
        "image_shape": dataset.images.shape[1:],
        "total": len(dataset),
    }


_DATASET: Final = dataset_out(DATASETS["notebook"])
_PAGE: Final[dict[str, Any]] = {
    **_DATASET,
    "offset": 0,
    "next_offset": 1,
    "images": [NOTEBOOK_EIGHT],
    "labels": [8],
    "groups": DATASETS["notebook"].groups[:1],
    "splits": ["train"],
}


class DatasetOut(ResponseModel):
    """A data set."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DATASET]})

    id: str = Field(description="What requests call it.", examples=["digits"])
    name: str = Field(description="What people call it.")
    about: str = Field(description="What is in it.")
    origin: str = Field(description="Who made the images.")
    licence: str = Field(description="On which terms they may be used.")
    image_shape: list[int] = Field(
        min_length=2, max_length=2, description="Height and width of every image.", examples=[[5, 5]]
    )
    total: int = Field(ge=0, description="Number of its images; in a page of a split, number of images in that split.")


class DatasetPage(DatasetOut):
    """A data set and one page of its images."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAGE]})

    offset: int = Field(ge=0, description="Position of the page's first image.")
    next_offset: Annotated[int | None, NotNull()] = Field(
        default=None, description="Position of the next page's first image; absent on the last page."
    )
    images: Maps = Field(description="(n, H, W), 0 is paper and 1 is ink.")
    labels: list[int] = Field(description="The digit that each image shows.")
    groups: list[str] = Field(description="What each image belongs to, such as its style.")
    splits: list[Literal["train", "test"]] = Field(description="Whether each image is for training or for testing.")

    @field_validator("images")
    @classmethod
    def _shaped_when_empty(cls, images: NDArray[np.float64], info: ValidationInfo) -> NDArray[np.float64]:
        """Set the height and width of an empty page's images, which its JSON does not have."""
        return images if images.size else images.reshape(0, *info.data.get("image_shape", (0, 0)))
