"""GET /experiments and /experiments/{id}: named starting points."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from ..catalogue import EXPERIMENTS, Experiment
from .base import ReplyModel
from .examples import DatasetReference, ExampleSpec
from .json_bytes import to_json
from .network import NetworkSpec, resolve_parameters
from .train import NOTEBOOK_TRAINING, TrainRequest


def _about(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": experiment.id,
        "name": experiment.name,
        "about": experiment.about,
        "opening": experiment.opening,
    }


_EXPERIMENT: Final = _about(EXPERIMENTS["one-8"])
_COMPLETE: Final[dict[str, Any]] = {
    **_EXPERIMENT,
    "train": NOTEBOOK_TRAINING,
    "test": [],
    "presets": ["notebook"],
    "digit": 8,
    "selected": "conv[0][0][1]",
}


class ExperimentOut(ReplyModel):
    """What an experiment is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXPERIMENT]})

    id: str = Field(description="What requests call it.", examples=["ten-digits"])
    name: str = Field(description="What people call it.")
    about: str = Field(description="What it shows.")
    opening: bool = Field(description="Whether the page opens with it; exactly one is so.")


class ExperimentReply(ExperimentOut):
    """An experiment, complete enough to train from."""

    model_config = ConfigDict(json_schema_extra={"examples": [_COMPLETE]})

    train: TrainRequest = Field(description="A complete body for POST /train; its parameters are all there.")
    test: list[ExampleSpec] | DatasetReference = Field(
        description="What it is tested with, as in train; an empty list if there is nothing."
    )
    presets: list[str | None] = Field(
        description="For each filter the id of the kernel it starts as; null where it starts otherwise."
    )
    digit: int = Field(ge=0, le=9, description="The drawing to look at first: this digit in the house style.")
    selected: str = Field(description="The address of the number to look at first.", examples=["conv[0][0][1]"])


def experiments_json() -> bytes:
    """Every experiment, in the order they are shown, without its numbers."""
    return to_json([_about(experiment) for experiment in EXPERIMENTS.values()])


def experiment_json(experiment: Experiment) -> bytes:
    """One experiment with everything it starts from."""
    body = experiment.train_body()
    network = NetworkSpec.model_validate(experiment.network).network()
    return to_json(
        {
            **_about(experiment),
            "train": body | {"parameters": resolve_parameters(network, experiment.start(), experiment.seed)},
            "test": experiment.test_examples(),
            "presets": experiment.presets,
            "digit": experiment.digit,
            "selected": experiment.selected,
        }
    )
