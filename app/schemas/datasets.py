"""GET /datasets and /datasets/{id}: labelled images."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from ..catalogue import DATASETS, Dataset
from .arrays import Maps
from .base import NotNull, QueryModel, ReplyModel
from .network import NOTEBOOK_EIGHT

MAX_PAGE = 1_000


class Page(QueryModel):
    """Which part of a data set."""

    split: Literal["train", "test"] | None = Field(
        default=None, description="Only the images of this split; offset, limit and total then count within it."
    )
    offset: int = Field(default=0, ge=0, le=2**31 - 1, description="Position of the first image.")
    limit: int = Field(default=100, ge=1, le=MAX_PAGE, description="Most images in the reply.")


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


class DatasetOut(ReplyModel):
    """What a data set is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DATASET]})

    id: str = Field(description="What requests call it.", examples=["digits"])
    name: str = Field(description="What people call it.")
    about: str = Field(description="What is in it.")
    origin: str = Field(description="Who made the images.")
    licence: str = Field(description="On which terms they may be used.")
    image_shape: list[int] = Field(
        min_length=2, max_length=2, description="Height and width of every image.", examples=[[5, 5]]
    )
    total: int = Field(ge=0, description="How many images it has; in a page of a split, how many that has.")


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
