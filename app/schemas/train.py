"""POST /train: a network learns from examples, epoch by epoch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from ..engine.exceptions import TrainingPaused
from ..engine.network import Network
from ..engine.training import EpochReport, train_in_slices, training_cost
from .arrays import Image
from .base import NotNull, ReplyModel
from .examples import ExamplesSpec, batch_of, fitting_image
from .finite import finite_json
from .forward import TraceOut, trace_out
from .geometry import Seed
from .json_bytes import to_json
from .network import (
    NOTEBOOK_EIGHT,
    NOTEBOOK_KERNEL,
    NOTEBOOK_NETWORK,
    NetworkRequest,
    ParametersSpec,
    resolve_parameters,
)
from .optimizers import OPTIMIZER_SPECS, AnyOptimizerSpec, OptimizerStateSpec
from .refusal import RefusedError

SLICE_COST: Final = 10_000_000
"""Multiply-adds between two looks at the clock: one or two milliseconds."""
MAX_EPOCH: Final = 10**12
"""No epoch has a larger number."""

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
    """Where training starts, what it learns from, and how."""

    model_config = ConfigDict(json_schema_extra={"examples": [NOTEBOOK_TRAINING, _TEN_DIGITS]})

    seed: Annotated[Seed | None, NotNull()] = Field(
        default=None,
        description="Draws every parameter array that is not given, and the order of the examples (as 0 if absent).",
        examples=[0],
    )
    examples: ExamplesSpec = Field(
        description="What is learned: a list of examples, or a reference to those of a data set.",
        examples=[NOTEBOOK_TRAINING["examples"]],
    )
    test: Annotated[ExamplesSpec | None, NotNull()] = Field(
        default=None,
        description="What is never learned, only tried at the end of each epoch; as examples.",
        examples=[{"dataset": "handwriting", "split": "test"}],
    )
    optimizer: AnyOptimizerSpec = Field(
        default=OPTIMIZER_SPECS["sgd"].model_validate({"type": "sgd"}),
        description="The rule of a step; by default the notebook's: sgd with learning_rate 0.01.",
        examples=[NOTEBOOK_TRAINING["optimizer"]],
    )
    optimizer_state: Annotated[OptimizerStateSpec | None, NotNull()] = Field(
        default=None, description="Only to go on with an earlier run: the optimizer_state that it replied with."
    )
    epochs: int = Field(ge=1, description="How often to go through the examples.", examples=[50])
    batch_size: int = Field(
        default=1, ge=1, le=2**31 - 1, description="Examples a step; its gradient is the mean over them."
    )
    shuffle: bool = Field(
        default=True, description="Whether each epoch takes the examples in a new order, made of seed and epoch alone."
    )
    first_epoch: int = Field(
        default=1, ge=1, le=MAX_EPOCH, description="Number of the first epoch; to go on, the next_epoch replied."
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


class EpochOut(ReplyModel):
    """What one epoch did."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EPOCH]})

    epoch: int = Field(ge=1, description="Its number.")
    loss: float = Field(
        description="Mean over the examples of each one's cross-entropy just before the update that uses it."
    )
    accuracy: float = Field(ge=0, le=1, description="Share of right predictions, at those same moments.")
    gradient_norms: dict[str, float] = Field(
        description="For each layer that learns, the length of the mean gradient over the epoch's steps."
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
        default=None, description="Only in a snapshot: what the optimizer remembers at the end of the epoch."
    )
    probe: Annotated[TraceOut | None, NotNull()] = Field(
        default=None, description="Only with a probe: its trace through the parameters at the end of the epoch."
    )


class StartOut(ReplyModel):
    """The event `start`: what is going to be done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"epochs": 3, "first_epoch": 1, "examples": 1, "multiply_adds": 135_921}]}
    )

    epochs: int = Field(ge=1, description="How many epochs.")
    first_epoch: int = Field(ge=1, description="Number of the first.")
    examples: int = Field(ge=1, description="Examples an epoch.")
    multiply_adds: int = Field(ge=0, description="Estimate of the whole training, fixed costs of its steps included.")


class DoneOut(ReplyModel):
    """The event `done`: all that another request needs to go on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_END]})

    parameters: ParametersSpec = Field(description="The parameters at the end.")
    optimizer_state: OptimizerStateSpec = Field(description="What the optimizer remembers at the end.")
    next_epoch: int = Field(ge=1, description="The first_epoch of a request that goes on.")


class PausedOut(DoneOut):
    """The event `paused`: the server has to end; all that another request, to any server, needs to go on.

    That request is the same but for `parameters`, `optimizer_state`, `first_epoch` (next_epoch) and `epochs`
    (epochs_left).
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{**_END, "epochs_left": 2}]})

    epochs_left: int = Field(ge=1, description="The epochs of a request that goes on.")


class TrainReply(DoneOut):
    """A whole run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"epochs": [_EPOCH], **_END}]})

    epochs: list[EpochOut] = Field(description="One entry an epoch, in order.")


@dataclass(frozen=True)
class Event:
    """A part of a run, ready to be sent; `epoch` is the last one that was completed."""

    kind: Literal["start", "epoch", "done", "paused", "failed"]
    epoch: int
    data: bytes


def train_events(
    request: TrainRequest, network: Network, pause: Callable[[], bool] = lambda: False
) -> Iterator[Event | None]:
    """The run as its events, with None wherever the work may be interrupted; once `pause` is true, it is paused.

    Raises
    ------
    EngineError, RefusedError
        At the first step, if what is asked for does not fit.
    TrainingDiverged
        Instead of an epoch whose numbers are not finite.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    examples = batch_of(request.examples, network, "examples")
    test = None if request.test is None else batch_of(request.test, network, "test")
    probe = None if request.probe is None else fitting_image(request.probe, network.input_shape, "probe")
    cost = training_cost(network, len(examples), epochs=request.epochs, batch_size=request.batch_size)
    start = {
        "epochs": request.epochs,
        "first_epoch": request.first_epoch,
        "examples": len(examples),
        "multiply_adds": cost,
    }
    started = Event("start", request.first_epoch - 1, to_json(start))
    last: EpochReport | None = None
    reports = train_in_slices(
        network,
        parameters,
        examples.images,
        examples.labels,
        request.optimizer.optimizer(),
        optimizer_state=None if request.optimizer_state is None else request.optimizer_state.state(),
        epochs=request.epochs,
        batch_size=request.batch_size,
        shuffle=request.shuffle,
        seed=request.seed or 0,
        first_epoch=request.first_epoch,
        snapshot_every=request.snapshot_every,
        probe=probe,
        test=None if test is None else (test.images, test.labels),
        slice_cost=SLICE_COST,
        pause=pause,
    )
    next(reports)  # what does not fit is told here, before anything has started
    yield started
    try:
        for report in reports:
            last = report or last
            yield None if report is None else Event("epoch", report.epoch, finite_json(_epoch(report), _overflow))
    except TrainingPaused as paused:
        end = _end(paused.parameters, paused.optimizer_state, paused.next_epoch)
        end["epochs_left"] = request.first_epoch + request.epochs - paused.next_epoch
        yield Event("paused", paused.next_epoch - 1, finite_json(end, _overflow))
        return
    assert last is not None  # noqa: S101 - there is at least one epoch
    end = _end(last.parameters, last.optimizer_state, last.epoch + 1)
    yield Event("done", last.epoch, finite_json(end, _overflow))


def _overflow() -> RefusedError:
    # What trains is looked through by the engine, so that it can say what diverged; what is left is the test.
    return RefusedError.overflow("the mean loss of the test", "test")


def _end(parameters: Any, optimizer_state: Any, next_epoch: int) -> dict[str, Any]:
    """See `DoneOut`."""
    return {"parameters": parameters, "optimizer_state": optimizer_state, "next_epoch": next_epoch}


def _epoch(report: EpochReport) -> dict[str, Any]:
    """See `EpochOut`."""
    told = {
        "epoch": report.epoch,
        "loss": report.loss,
        "accuracy": report.accuracy,
        "gradient_norms": report.gradient_norms,
        "test_loss": report.test_loss,
        "test_accuracy": report.test_accuracy,
        "parameters": report.parameters,
        "optimizer_state": report.optimizer_state,
        "probe": None if report.probe is None else trace_out(report.probe)[0],
    }
    return {name: value for name, value in told.items() if value is not None}


def run_json(events: list[Event]) -> bytes:
    """The reply that the events of a whole run make; its epochs are their data, byte for byte."""
    epochs = b",".join(event.data for event in events if event.kind == "epoch")
    return b'{"epochs":[' + epochs + b"]," + events[-1].data[1:]
