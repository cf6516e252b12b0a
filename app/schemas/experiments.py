"""GET /experiments and /experiments/{id}: named starting points."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from ..catalogue import EXPERIMENTS, Experiment
from .base import ResponseModel
from .examples import DatasetReference, ExampleSpec
from .train import NOTEBOOK_TRAINING, TrainRequest


def experiment_out(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as `ExperimentOut` describes it."""
    return {
        "id": experiment.id,
        "name": experiment.name,
        "about": experiment.about,
        "opening": experiment.opening,
    }


_EXPERIMENT: Final = experiment_out(EXPERIMENTS["one-8"])
_COMPLETE: Final[dict[str, Any]] = {
    **_EXPERIMENT,
    "train": NOTEBOOK_TRAINING,
    "test": [],
    "presets": ["notebook"],
    "digit": 8,
    "selected": "conv[0][0][1]",
}


class ExperimentOut(ResponseModel):
    """An experiment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXPERIMENT]})

    id: str = Field(description="What requests call it.", examples=["ten-digits"])
    name: str = Field(description="What people call it.")
    about: str = Field(description="What it shows.")
    opening: bool = Field(description="True for the one experiment that the page opens with.")


class ExperimentResponse(ExperimentOut):
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
