"""Labelled images of a request: a list of them, or a reference to a data set."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from ..catalogue import DATASETS
from ..catalogue import Examples as CatalogueExamples
from .arrays import Image
from .base import AtMost, NotNull, RequestModel
from .datasets import count_of_split
from .errors import RequestError
from .geometry import MAX_COUNT
from .network import NOTEBOOK_EIGHT


class ExampleSpec(RequestModel):
    """An image and what it shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image": NOTEBOOK_EIGHT, "label": 8}]})

    image: Image = Field(description="(H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])
    label: int = Field(
        ge=0, le=MAX_COUNT, description="The class it shows, from 0; for digits the digit.", examples=[8]
    )


class DatasetReference(RequestModel):
    """The first images of a split of a data set."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dataset": "handwriting", "split": "train", "limit": 7000}]}
    )

    dataset: str = Field(max_length=80, description="The id of a data set.", examples=["handwriting"])
    split: Literal["train", "test"] = Field(default="train", description="Which of its images.", examples=["train"])
    limit: Annotated[Annotated[int, Field(ge=1, le=MAX_COUNT)] | None, NotNull()] = Field(
        default=None, description="Most images, from the first; by default all of the split.", examples=[7000]
    )

    def found(self, field: str) -> CatalogueExamples:
        """Return the catalogue's examples; raise `RequestError` if there are none."""
        if self.dataset not in DATASETS:
            raise RequestError(
                f"{field}.dataset",
                f"There is no data set {self.dataset!r}",
                value=self.dataset,
                allowed=", ".join(DATASETS),
            )
        there = count_of_split(DATASETS[self.dataset], self.split, f"{field}.split")
        return CatalogueExamples(dataset=self.dataset, split=self.split, limit=min(self.limit or there, there))


EXAMPLES_MODELS: Final[dict[str, type[RequestModel]]] = {"inline": ExampleSpec, "reference": DatasetReference}
"""The two forms of examples, by the tags that pydantic adds to the locations of errors (`app.schemas.field_errors`)."""


def _form(value: Any) -> str | None:
    if isinstance(value, list):
        return "inline"
    return "reference" if isinstance(value, dict | DatasetReference) else None


ExamplesSpec = Annotated[
    Annotated[
        list[ExampleSpec],
        Field(min_length=1, fail_fast=True),
        AtMost("max_examples", "the number of examples"),
        Tag("inline"),
    ]
    | Annotated[DatasetReference, Tag("reference")],
    Discriminator(
        _form,
        custom_error_type="examples",
        custom_error_message='Input should be a list of examples or a reference such as {"dataset": "digits"}',
    ),
]
"""A list of examples, or a reference to a data set's."""


def count_of(spec: Sequence[ExampleSpec] | DatasetReference, field: str) -> int:
    """Return the number of examples, before any array is made for them."""
    return len(spec.found(field)) if isinstance(spec, DatasetReference) else len(spec)
