"""How well a network does on examples that it need not learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, prod

import numpy as np

from .arrays import Array, IndexArray, LayerParameters
from .finite import check_finite
from .losses.cross_entropy import cross_entropy, cross_entropy_work
from .network import Network
from .work import Work

MOST_IMAGES = 256
"""Images a forward pass at most: enough to keep the matrix products busy, few enough to stay in the cache."""
CHUNK = Work(cost=10_000_000, peak=8_000_000)
"""Limit on a forward pass of more than one image."""


@dataclass(frozen=True)
class Evaluation:
    """What a network says about each of N examples, and how right it is.

    Attributes
    ----------
    probabilities
        (N, n).
    labels, losses
        (N,): the right answers, and −ln of the probability that each was given.
    """

    probabilities: Array
    labels: IndexArray
    losses: Array

    @cached_property
    def predicted(self) -> IndexArray:
        """(N,): position of the largest probability; the first where several are equal."""
        predicted: IndexArray = self.probabilities.argmax(axis=1)
        return predicted

    @property
    def label_probabilities(self) -> Array:
        """(N,): the probability that each right answer was given."""
        given: Array = self.probabilities[np.arange(len(self.labels)), self.labels]
        return given

    @property
    def loss(self) -> float:
        """Mean of `losses`, which is finite if they are."""
        with np.errstate(over="ignore"):
            mean = float(self.losses.mean())
        return mean if isfinite(mean) else float((self.losses / len(self.losses)).sum())

    @property
    def accuracy(self) -> float:
        """Share of the examples whose prediction is their label."""
        return float((self.predicted == self.labels).mean())

    @property
    def confusion(self) -> IndexArray:
        """(n, n): how many examples with the label of the row were predicted as the column."""
        classes = self.probabilities.shape[1]
        counts = np.bincount(self.labels * classes + self.predicted, minlength=classes * classes)
        return counts.reshape(classes, classes)


def evaluate(
    network: Network, parameters: Mapping[str, LayerParameters], images: Array, labels: IndexArray
) -> Evaluation:
    """Run all examples through the network.

    Parameters
    ----------
    network, parameters
        As for `Network.forward`.
    images
        (N, *input_shape), N at least 1.
    labels
        (N,), each from 0 to n − 1.

    Raises
    ------
    EngineError
        If the images or labels do not fit; a `NotFiniteError` if a number on the way is too large.
    """
    *_, evaluation = filter(None, evaluate_in_chunks(network, parameters, images, labels))
    return evaluation


def evaluate_in_chunks(
    network: Network,
    parameters: Mapping[str, LayerParameters],
    images: Array,
    labels: IndexArray,
    *,
    chunk: int | None = None,
) -> Iterator[Evaluation | None]:
    """Yield None after each chunk of images and the `Evaluation` at the end, so that a caller can take turns."""
    probabilities, losses, chunk = [], [], chunk or chunk_of(network)
    for start in range(0, max(len(images), 1), chunk):
        with np.errstate(all="ignore"):
            trace = network.forward(parameters, images[start : start + chunk])
            trace.check_finite()
            losses.append(cross_entropy(trace.logits, labels[start : start + chunk])[0])
            check_finite(losses[-1], "the loss", field="network")
            probabilities.append(trace.probabilities)
            del trace  # else it would be held during the next chunk's pass
        yield None
    yield Evaluation(np.concatenate(probabilities), labels, np.concatenate(losses))


def chunk_of(network: Network) -> int:
    """Return how many images `evaluate_in_chunks` sends through `network` at once: fewer, the larger it is."""
    images = MOST_IMAGES
    while images > 1:
        work = _chunk_work(network, images)
        if work.cost <= CHUNK.cost and work.peak <= CHUNK.peak:
            break
        images //= 2
    return images


def evaluation_work(network: Network, examples: int) -> tuple[Work, Work]:
    """Estimate of `evaluate_in_chunks`: of all of it, and of one chunk."""
    chunk, classes = min(examples, chunk_of(network)), prod(network.shapes[-1])
    of_chunk = _chunk_work(network, chunk)
    chunks = -(-examples // chunk)
    # The probabilities and losses of all chunks are kept, and then joined.
    results = Work.of(calls=4 + chunks, kept=examples * (classes + 2), temporary=examples * (classes + 2))
    return of_chunk.dropping().repeated(chunks) + results, of_chunk


def _chunk_work(network: Network, images: int) -> Work:
    return network.forward_work(images) + cross_entropy_work(images, prod(network.shapes[-1]))
