"""Labelled images: written out in a request, or named in a data set so that they need not travel."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Discriminator, Field, Tag

from ..catalogue import DATASETS
from ..catalogue import Examples as CatalogueExamples
from ..engine.arrays import Shape
from ..engine.network import Network
from .arrays import Image
from .base import NotNull, RequestModel
from .geometry import MAX_SIZE
from .network import NOTEBOOK_EIGHT
from .refusal import RefusedError


class ExampleSpec(RequestModel):
    """An image and what it shows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"image": NOTEBOOK_EIGHT, "label": 8}]})

    image: Image = Field(description="(H, W) or (C, H, W).", examples=[NOTEBOOK_EIGHT])
    label: int = Field(ge=0, le=MAX_SIZE, description="The class it shows, from 0; for digits the digit.", examples=[8])


class DatasetReference(RequestModel):
    """The first images of a split of a data set."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dataset": "handwriting", "split": "train", "limit": 7000}]}
    )

    dataset: str = Field(max_length=80, description="The id of a data set.", examples=["handwriting"])
    split: Literal["train", "test"] = Field(default="train", description="Which of its images.", examples=["train"])
    limit: Annotated[Annotated[int, Field(ge=1, le=MAX_SIZE)] | None, NotNull()] = Field(
        default=None, description="Most images, from the first; by default all of the split.", examples=[7000]
    )

    def found(self, field: str) -> CatalogueExamples:
        """The catalogue's examples; raises `RefusedError` if there are none."""
        if self.dataset not in DATASETS:
            raise RefusedError(
                f"{field}.dataset",
                f"There is no data set {self.dataset!r}",
                value=self.dataset,
                allowed=", ".join(DATASETS),
            )
        there = DATASETS[self.dataset].splits.count(self.split)
        if not there:
            other = "test" if self.split == "train" else "train"
            raise RefusedError(
                f"{field}.split", f"{self.dataset!r} has no images to {self.split}", value=self.split, allowed=other
            )
        return CatalogueExamples(dataset=self.dataset, split=self.split, limit=min(self.limit or there, there))


EXAMPLES_MODELS: Final[dict[str, type[RequestModel]]] = {"inline": ExampleSpec, "reference": DatasetReference}
"""The two forms of examples, by the tags that pydantic puts into the places of faults (`app.schemas.faults`)."""


def _form(value: Any) -> str | None:
    if isinstance(value, list):
        return "inline"
    return "reference" if isinstance(value, dict | DatasetReference) else None


ExamplesSpec = Annotated[
    Annotated[list[ExampleSpec], Field(min_length=1), Tag("inline")] | Annotated[DatasetReference, Tag("reference")],
    Discriminator(
        _form,
        custom_error_type="examples",
        custom_error_message='Input should be a list of examples or a reference such as {"dataset": "digits"}',
    ),
]
"""A list of examples, or a reference to a data set's."""


@dataclass(frozen=True)
class ExampleBatch:
    """Examples as the engine takes them: images (N, *input_shape), labels (N,)."""

    images: NDArray[np.float64]
    labels: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.labels)


def count_of(spec: Sequence[ExampleSpec] | DatasetReference, field: str) -> int:
    """How many examples `spec` stands for, before any array is made for them."""
    return len(spec.found(field)) if isinstance(spec, DatasetReference) else len(spec)


def batch_of(spec: Sequence[ExampleSpec] | DatasetReference, network: Network, field: str) -> ExampleBatch:
    """The examples as arrays that fit the network.

    Raises
    ------
    RefusedError
        Naming, from `field` on, the first image whose shape is not the network's, or label that is no class of it.
    """
    classes = prod(network.shapes[-1])
    if isinstance(spec, DatasetReference):
        found = spec.found(field)
        images, labels = found.images, found.labels
        if images.shape[1:] != network.input_shape:
            raise _misfit(f"{field}.dataset", images.shape[1:], network.input_shape, f"Images of {spec.dataset!r}")
        if labels.max() >= classes:
            raise _no_class(f"{field}.dataset", int(labels.max()), classes)
        return ExampleBatch(images, labels)
    images = np.empty((len(spec), *network.input_shape))
    labels = np.empty(len(spec), dtype=np.intp)
    for index, example in enumerate(spec):
        images[index] = fitting_image(example.image, network.input_shape, f"{field}.{index}.image")
        labels[index] = fitting_label(example.label, classes, f"{field}.{index}.label")
    return ExampleBatch(images, labels)


def fitting_image(image: NDArray[np.float64], input_shape: Shape, field: str) -> NDArray[np.float64]:
    """An image given as (C, H, W), or as (H, W) where there is one channel, as (C, H, W).

    Raises
    ------
    RefusedError
        Naming `field`, if its shape is not the network's.
    """
    channels, *size = input_shape
    if image.shape != input_shape and (channels != 1 or image.shape != tuple(size)):
        raise _misfit(field, image.shape, input_shape, "An image")
    return image.reshape(input_shape)


def fitting_label(label: int, classes: int, field: str) -> int:
    """`label`; raises `RefusedError`, naming `field`, if it is none of that many classes."""
    if label >= classes:
        raise _no_class(field, label, classes)
    return label


def _misfit(field: str, shape: Shape, input_shape: Shape, what: str) -> RefusedError:
    channels, *size = input_shape
    plain = f" or {tuple(size)}" if channels == 1 else ""
    message = f"{what} of shape {shape} does not fit the network's input_shape"
    return RefusedError(field, message, value=shape, allowed=f"{input_shape}{plain}")


def _no_class(field: str, label: int, classes: int) -> RefusedError:
    message = f"The label {label} is not a class of this network, which has {classes}"
    return RefusedError(field, message, value=label, allowed=f"0 to {classes - 1}")
