"""What an experiment is: a named starting point, complete enough to train from."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .datasets import DATASETS
from .kernels import KERNELS


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The first examples of a split of a data set.

    Parameters
    ----------
    dataset : str
        The data set's id.
    split : "train" or "test"
        Which of its images.
    limit : int or None
        How many, from the first; None takes all of the split.

    Raises
    ------
    ValueError
        If there is no such data set, or it has fewer such images than `limit`.
    """

    dataset: str
    split: Literal["train", "test"] = "train"
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise ValueError(f"examples: there is no data set {self.dataset!r}; there are {', '.join(DATASETS)}")
        there = DATASETS[self.dataset].splits.count(self.split)
        limit = there if self.limit is None else self.limit
        if not 1 <= limit <= there:
            raise ValueError(f"examples: limit is {limit}; {self.dataset!r} has {there} images to {self.split}")
        object.__setattr__(self, "limit", limit)

    def __len__(self) -> int:
        return self.limit or 0

    @cached_property
    def positions(self) -> NDArray[np.intp]:
        """Where they stand in the data set."""
        return np.flatnonzero(np.array(DATASETS[self.dataset].splits) == self.split)[: self.limit]

    @property
    def images(self) -> NDArray[np.float64]:
        """(n, 1, H, W), from 0 to 1: one channel, as networks take them."""
        return DATASETS[self.dataset].values[self.positions][:, None]

    @property
    def labels(self) -> NDArray[np.intp]:
        """(n,)."""
        return DATASETS[self.dataset].labels[self.positions].astype(np.intp)

    def reference(self) -> dict[str, Any]:
        """How a request names them, so that the images need not travel."""
        return {"dataset": self.dataset, "split": self.split, "limit": self.limit}

    def inline(self) -> list[dict[str, Any]]:
        """Every image and label written out, as a request may also bring them."""
        return [
            {"image": image.tolist(), "label": int(label)}
            for [image], label in zip(self.images, self.labels, strict=True)
        ]


INLINE_AT_MOST = 10
"""So many examples a request body writes out, because a person can still read them; more it names."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A starting point: a network, where its parameters start, what it learns from, and how.

    Parameters
    ----------
    id, name, about : str
        What requests call it, what people call it, and what it shows.
    network : dict
        The network as requests write it.
    presets : tuple of str or None
        For each filter of the layer ``conv`` the kernel of the catalogue it starts as, or once started as where
        `parameters` give the weights; None where it starts at random.
    parameters : dict
        Parameters by layer and name that are given beside the presets; those of no mention are drawn from `seed`.
    seed : int
        What random parameters and the order of the examples come from.
    examples, test : Examples
        What it learns from, and what it is tested with; `test` may be None.
    optimizer : dict
        The optimizer as requests write it.
    epochs, batch_size, shuffle
        As in a request to train.
    opening : bool
        Whether the page opens with it.
    digit : int
        The drawing to look at first: this digit in the house style.
    selected : str
        The address of the cell whose origin is shown at first.
    """

    id: str
    name: str
    about: str
    network: dict[str, Any]
    presets: tuple[str | None, ...]
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    seed: int = 0
    examples: Examples
    test: Examples | None = None
    optimizer: dict[str, Any]
    epochs: int
    batch_size: int = 1
    shuffle: bool = True
    opening: bool = False
    digit: int = 8
    selected: str = "conv[0][0][1]"

    def start(self) -> dict[str, dict[str, NDArray[np.float64]]]:
        """The parameters it starts with, but for those that `seed` gives.

        The weight of ``conv`` is among them if every filter has a preset; a mixture of presets and random kernels is
        not made, as no experiment asks for one.
        """
        given = {
            layer: {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
            for layer, arrays in self.parameters.items()
        }
        if None not in self.presets and "weight" not in given.get("conv", {}):
            weight = np.stack([KERNELS[preset].matrix for preset in self.presets if preset])[:, None]
            given["conv"] = {**given.get("conv", {}), "weight": weight}
        return given

    def train_body(self) -> dict[str, Any]:
        """A complete body for POST /train."""
        body = {
            "network": self.network,
            "parameters": self.start(),
            "seed": self.seed,
            "examples": _travelling(self.examples),
            "optimizer": self.optimizer,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
        }
        if self.test:
            body["test"] = _travelling(self.test)
        return body

    def test_examples(self) -> dict[str, Any] | list[dict[str, Any]]:
        """The test examples as a request writes them: a reference, or a list (empty if there are none)."""
        return _travelling(self.test) if self.test else []


def _travelling(examples: Examples) -> dict[str, Any] | list[dict[str, Any]]:
    return examples.inline() if len(examples) <= INLINE_AT_MOST else examples.reference()
