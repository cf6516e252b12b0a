"""POST /train: train a network epoch by epoch."""

from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, model_validator

from .arrays import Image
from .base import NotNull, ResponseModel
from .errors import RequestError
from .examples import ExamplesSpec
from .forward import TraceOut
from .geometry import Seed
from .network import (
    NOTEBOOK_EIGHT,
    NOTEBOOK_KERNEL,
    NOTEBOOK_NETWORK,
    NetworkRequest,
    ParametersSpec,
)
from .optimizers import OPTIMIZER_SPECS, AnyOptimizerSpec, OptimizerStateSpec

MAX_EPOCH: Final = 10**12
"""Largest number of an epoch."""

NOTEBOOK_TRAINING: Final[dict[str, Any]] = {
    "network": NOTEBOOK_NETWORK,
    "parameters": {"conv": {"weight": [[NOTEBOOK_KERNEL]]}},
    "seed": 0,
    "examples": [{"image": NOTEBOOK_EIGHT, "label": 8}],
    "optimizer": {"type": "sgd", "learning_rate": 0.01},
    "epochs": 3,
    "shuffle": False,
}
"""The notebook's first training, with fewer epochs."""
_TEN_DIGITS: Final[dict[str, Any]] = {
    "network": NOTEBOOK_NETWORK,
    "seed": 1,
    "examples": {"dataset": "digits"},
    "test": {"dataset": "notebook", "split": "test"},
    "optimizer": {"type": "adam"},
    "epochs": 2,
    "batch_size": 32,
    "snapshot_every": 2,
    "probe": NOTEBOOK_EIGHT,
}


class TrainRequest(NetworkRequest):
    """A network, its training examples and the options of training."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTEBOOK_TRAINING, _TEN_DIGITS]})

    seed: Annotated[Seed | None, NotNull()] = Field(
        default=None,
        description="Draws every parameter array that is not given, and the order of the examples (as 0 if absent).",
        examples=[0],
    )
    examples: ExamplesSpec = Field(
        description="Training examples: a list, or a reference to a data set.",
        examples=[NOTEBOOK_TRAINING["examples"]],
    )
    test: Annotated[ExamplesSpec | None, NotNull()] = Field(
        default=None,
        description="Held-out examples, evaluated after each epoch; same form as examples.",
        examples=[{"dataset": "handwriting", "split": "test"}],
    )
    optimizer: AnyOptimizerSpec = Field(
        # not `default`, which would be written into the description, where generators cannot read a default of a union
        default_factory=lambda: OPTIMIZER_SPECS["sgd"].model_validate({"type": "sgd"}),
        description="The rule of a step; by default the notebook's: sgd with learning_rate 0.01.",
        examples=[NOTEBOOK_TRAINING["optimizer"]],
    )
    optimizer_state: Annotated[OptimizerStateSpec | None, NotNull()] = Field(
        default=None, description="Only to resume an earlier run: the optimizer_state of its response."
    )
    epochs: int = Field(ge=1, description="Number of passes over the examples.", examples=[50])
    batch_size: int = Field(
        default=1, ge=1, le=2**31 - 1, description="Examples a step; its gradient is the mean over them."
    )
    shuffle: bool = Field(
        default=True, description="Whether each epoch takes the examples in a new order, made of seed and epoch alone."
    )
    first_epoch: int = Field(
        default=1,
        ge=1,
        le=MAX_EPOCH,
        description="Number of the first epoch; to resume, next_epoch of the response.",
    )
    snapshot_every: int = Field(
        default=1,
        ge=1,
        le=MAX_EPOCH,
        description="Epochs with a number divisible by this carry parameters and optimizer_state; so does the last.",
    )
    probe: Annotated[Image | None, NotNull()] = Field(
        default=None, description="An image whose trace every epoch carries.", examples=[NOTEBOOK_EIGHT]
    )

    @model_validator(mode="after")
    def _can_be_resumed(self) -> Self:
        """Reject a run that could not be resumed, because its next_epoch would exceed the largest first_epoch."""
        if self.first_epoch + self.epochs > MAX_EPOCH:
            message = f"The epochs {self.first_epoch} to {self.first_epoch + self.epochs - 1} leave no next one"
            allowed = f"at most {MAX_EPOCH} less the number of epochs"
            raise RequestError.at("first_epoch", message, value=self.first_epoch, allowed=allowed)
        return self


_LOGITS = [0.06, -0.01, 0.06, -0.06, -0.01, 0.0, -0.03, 0.04, 0.01, 0.0]
_PARAMETERS: dict[str, Any] = {
    "conv": {"weight": [[NOTEBOOK_KERNEL]]},
    "dense": {"weight": [_LOGITS] * 4, "bias": _LOGITS},
}
_END: dict[str, Any] = {"parameters": _PARAMETERS, "optimizer_state": {"step": 1}, "next_epoch": 2}
_EPOCH: dict[str, Any] = {
    "epoch": 1,
    "loss": 2.29,
    "accuracy": 0.0,
    "gradient_norms": {"conv": 0.1, "dense": 3.2},
    "parameters": _PARAMETERS,
    "optimizer_state": {"step": 1},
}


class EpochOut(ResponseModel):
    """The results of one epoch."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EPOCH]})

    epoch: int = Field(ge=1, description="Its number.")
    loss: float = Field(
        description="Mean over the examples of each one's cross-entropy just before the update that uses it."
    )
    accuracy: float = Field(ge=0, le=1, description="Share of right predictions, at those same moments.")
    gradient_norms: dict[str, float] = Field(
        description="For each trainable layer, the norm of the mean gradient over the epoch's steps."
    )
    test_loss: Annotated[float | None, NotNull()] = Field(
        default=None, description="Only with test: mean cross-entropy at the end of the epoch."
    )
    test_accuracy: Annotated[float | None, NotNull()] = Field(
        default=None, description="Only with test: share of right predictions at the end of the epoch."
    )
    parameters: Annotated[ParametersSpec | None, NotNull()] = Field(
        default=None, description="Only in a snapshot: the parameters at the end of the epoch."
    )
    optimizer_state: Annotated[OptimizerStateSpec | None, NotNull()] = Field(
        default=None, description="Only in a snapshot: the state of the optimizer at the end of the epoch."
    )
    probe: Annotated[TraceOut | None, NotNull()] = Field(
        default=None, description="Only with a probe: its trace through the parameters at the end of the epoch."
    )


class StartOut(ResponseModel):
    """The event `start`: the run that begins."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"epochs": 3, "first_epoch": 1, "examples": 1, "multiply_adds": 135_921}]}
    )

    epochs: int = Field(ge=1, description="Number of epochs.")
    first_epoch: int = Field(ge=1, description="Number of the first.")
    examples: int = Field(ge=1, description="Examples an epoch.")
    multiply_adds: int = Field(ge=0, description="Estimate of the whole training, fixed costs of its steps included.")


class DoneOut(ResponseModel):
    """The event `done`: everything that another request needs to continue."""

    model_config = ConfigDict(json_schema_extra={"examples": [_END]})

    parameters: ParametersSpec = Field(description="The parameters at the end.")
    optimizer_state: OptimizerStateSpec = Field(description="The state of the optimizer at the end.")
    next_epoch: int = Field(ge=1, description="The first_epoch of a request that continues.")


class PausedOut(DoneOut):
    """The event `paused`: the server shuts down; everything that a request to another server needs to continue.

    That request is the same but for `parameters`, `optimizer_state`, `first_epoch` (next_epoch) and `epochs`
    (epochs_left).
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{**_END, "epochs_left": 2}]})

    epochs_left: int = Field(ge=1, description="The epochs of a request that continues.")


class TrainResponse(DoneOut):
    """A whole run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"epochs": [_EPOCH], **_END}]})

    epochs: list[EpochOut] = Field(description="One entry an epoch, in order.")
