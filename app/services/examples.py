"""Convert the examples of a request to arrays, and check that they fit its network."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..engine.arrays import Shape
from ..engine.exceptions import bracketed
from ..engine.network import Network
from ..schemas.errors import RequestError, check_limit
from ..schemas.examples import DatasetReference, ExampleSpec, count_of
from ..schemas.limits import Limits


@dataclass(frozen=True)
class ExampleBatch:
    """Examples as arrays: images (N, *input_shape), labels (N,)."""

    images: NDArray[np.float64]
    labels: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.labels)


def examples_of(spec: Sequence[ExampleSpec] | DatasetReference, limits: Limits, field: str) -> int:
    """Return the number of examples of `spec`; raise `RequestError` if they are too many or there are none.

    Parameters
    ----------
    spec
        The examples of the request.
    limits
        Limits of this server.
    field
        Name of the field in errors.
    """
    count = count_of(spec, field)
    check_limit(limits, "max_examples", field, "the number of examples", count)
    return count


def batch_of(spec: Sequence[ExampleSpec] | DatasetReference, network: Network, field: str) -> ExampleBatch:
    """Return the examples as arrays that fit the network.

    Parameters
    ----------
    spec
        The examples of the request.
    network
        The network.
    field
        Name of the field in errors.

    Raises
    ------
    RequestError
        Naming, from `field` on, the first image of another shape than the network's, or label that is not a class.
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
    """Return an image (C, H, W) that is given so, or as (H, W) if there is one channel.

    Parameters
    ----------
    image
        The image of the request.
    input_shape
        (C, H, W) of the network.
    field
        Name of the field in errors.

    Raises
    ------
    RequestError
        Naming `field`, if its shape is not the network's.
    """
    channels, *size = input_shape
    if image.shape != input_shape and (channels != 1 or image.shape != tuple(size)):
        raise _misfit(field, image.shape, input_shape, "An image")
    return image.reshape(input_shape)


def fitting_label(label: int, classes: int, field: str) -> int:
    """Return `label`; raise `RequestError`, naming `field`, if it is not less than `classes`.

    Parameters
    ----------
    label
        The label of the request.
    classes
        Number of classes of the network.
    field
        Name of the field in errors.
    """
    if label >= classes:
        raise _no_class(field, label, classes)
    return label


def _misfit(field: str, shape: Shape, input_shape: Shape, what: str) -> RequestError:
    channels, *size = input_shape
    plain = f" or {bracketed(size)}" if channels == 1 else ""
    message = f"{what} of shape {bracketed(shape)} does not fit the network's input_shape"
    return RequestError(field, message, value=shape, allowed=f"shape {bracketed(input_shape)}{plain}")


def _no_class(field: str, label: int, classes: int) -> RequestError:
    message = f"The label {label} is not a class of this network, which has {classes} classes"
    return RequestError(field, message, value=label, allowed=f"0 to {classes - 1}")
