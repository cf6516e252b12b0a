"""POST /train: train a network epoch by epoch and write its events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from ..engine.exceptions import TrainingPaused
from ..engine.network import Network
from ..engine.training import EpochReport, TrainingConfig, train_in_slices, training_work
from ..engine.work import Work
from ..schemas.errors import RequestError, check_limit
from ..schemas.limits import Limits
from ..schemas.optimizers import MAX_STEP
from ..schemas.serialization import finite_json, to_json
from ..schemas.train import TrainRequest
from .examples import batch_of, examples_of, fitting_image
from .forward import trace_out, trace_work
from .networks import images_work, network_of, parameters_json_work, parameters_work
from .operation import Operation, json_work
from .parameters import resolve_parameters

SLICE_COST: Final = 10_000_000
"""Multiply-adds between two checks of the clock: about two milliseconds."""
NUMBERS_OF_REPORT: Final = 20
"""Numbers in the report of an epoch besides snapshot and trace: loss, accuracy, a norm for each layer."""


@dataclass(frozen=True)
class Event:
    """An event of a run, ready to be sent; `epoch` is the last completed one."""

    kind: Literal["start", "epoch", "done", "paused", "failed"]
    epoch: int
    data: bytes


def training(
    request: TrainRequest, limits: Limits, *, whole: bool, pause: Callable[[], bool] = lambda: False
) -> Operation[Event]:
    """Return the operation of POST /train.

    Parameters
    ----------
    whole
        True if the response is sent as a whole and holds all events; a stream holds an event and the next.
    pause
        Called between steps; once it returns True, the run pauses.

    Raises
    ------
    EngineError, RequestError
        If the network does not fit, or a limit is exceeded.
    """
    check_limit(limits, "max_epochs", "epochs", "", request.epochs)
    network, optimizer = network_of(request.network, limits), request.optimizer.optimizer()
    examples = examples_of(request.examples, limits, "examples")
    tests = 0 if request.test is None else examples_of(request.test, limits, "test")
    probes = 0 if request.probe is None else 1
    slots, epochs = 1 + len(optimizer.state_slots), request.epochs
    snapshots = min(epochs, 1 + epochs // request.snapshot_every)
    snapshot, probe = network.parameter_count * slots, probes * network.trace_numbers
    if whole:
        numbers = (snapshots + 1) * snapshot + epochs * (probe + NUMBERS_OF_REPORT)
        check_limit(limits, "max_elements", "snapshot_every", "the number of values in the response", numbers)
    else:
        check_limit(limits, "max_elements", "network", "the number of values in an event", snapshot + probe)

    setup, epoch, longest = training_work(network, examples, _config(request), tests=tests, probe=bool(probes))
    inputs = images_work(network, examples, listed=isinstance(request.examples, list))
    inputs += images_work(network, tests + probes, listed=isinstance(request.test, list))
    start = parameters_work(network, request.seed) + inputs + setup
    of_snapshot = parameters_json_work(network) * slots
    report = json_work(numbers=NUMBERS_OF_REPORT, objects=4) + (trace_work(network, 1) if probes else Work())
    events = report * epochs + of_snapshot * (snapshots + 1)
    held = 2 * (events.kept if whole else (report + of_snapshot).kept)
    run = start + epoch.dropping() + (report + of_snapshot)
    work = Work(
        start.cost + epoch.repeated(epochs).cost + events.cost,
        held,
        run.peak + (held if whole else (report + of_snapshot).kept),
    )
    parts = max(inputs.cost + longest.cost, (report + of_snapshot).cost)
    field = "batch_size" if min(request.batch_size, examples) > 1 else "network"
    return Operation(work, partial(_events, request, network, work.cost, pause), field, parts, "epochs", not whole)


def _events(request: TrainRequest, network: Network, cost: int, pause: Callable[[], bool]) -> Iterator[Event | None]:
    """Yield the run's events, and None wherever the work may be interrupted; pause once `pause` returns True.

    Raises
    ------
    EngineError, RequestError
        At the first step, if the request does not fit the network.
    TrainingDiverged
        Instead of an epoch whose numbers are not finite.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    examples = batch_of(request.examples, network, "examples")
    test = None if request.test is None else batch_of(request.test, network, "test")
    probe = None if request.probe is None else fitting_image(request.probe, network.input_shape, "probe")
    start = {
        "epochs": request.epochs,
        "first_epoch": request.first_epoch,
        "examples": len(examples),
        "multiply_adds": cost,
    }
    _check_step(request, len(examples))
    started = Event("start", request.first_epoch - 1, to_json(start))
    last: EpochReport | None = None
    reports = train_in_slices(
        network,
        parameters,
        examples.images,
        examples.labels,
        _config(request),
        optimizer_state=None if request.optimizer_state is None else request.optimizer_state.state(),
        probe=probe,
        test=None if test is None else (test.images, test.labels),
        slice_cost=SLICE_COST,
        pause=pause,
    )
    next(reports)  # raises here if something does not fit, before the event `start`
    yield started
    try:
        for report in reports:
            last = report or last
            yield None if report is None else Event("epoch", report.epoch, finite_json(_epoch(report)))
    except TrainingPaused as paused:
        end = _end(paused.parameters, paused.optimizer_state, paused.next_epoch)
        end["epochs_left"] = request.first_epoch + request.epochs - paused.next_epoch
        yield Event("paused", paused.next_epoch - 1, finite_json(end))
        return
    assert last is not None  # noqa: S101 - there is at least one epoch
    end = _end(last.parameters, last.optimizer_state, last.epoch + 1)
    yield Event("done", last.epoch, finite_json(end))


def _config(request: TrainRequest) -> TrainingConfig:
    return TrainingConfig(
        optimizer=request.optimizer.optimizer(),
        epochs=request.epochs,
        batch_size=request.batch_size,
        shuffle=request.shuffle,
        seed=request.seed or 0,
        first_epoch=request.first_epoch,
        snapshot_every=request.snapshot_every,
    )


def _check_step(request: TrainRequest, examples: int) -> None:
    """Raise `RequestError` if the run would end with more updates than a request can state."""
    state = request.optimizer_state
    steps = request.epochs * -(-examples // request.batch_size)
    if state is not None and state.step + steps > MAX_STEP:
        message = f"The {steps} updates after update {state.step} exceed the largest number of an update"
        raise RequestError("optimizer_state.step", message, value=state.step, allowed=f"at most {MAX_STEP - steps}")


def _end(parameters: Any, optimizer_state: Any, next_epoch: int) -> dict[str, Any]:
    """Return what `DoneOut` describes."""
    return {"parameters": parameters, "optimizer_state": optimizer_state, "next_epoch": next_epoch}


def _epoch(report: EpochReport) -> dict[str, Any]:
    """Return what `EpochOut` describes."""
    fields = {
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
    return {name: value for name, value in fields.items() if value is not None}


def run_json(events: list[Event]) -> bytes:
    """Return the response made of the events of a whole run; its epochs are their data, byte for byte."""
    epochs = b",".join(event.data for event in events if event.kind == "epoch")
    return b'{"epochs":[' + epochs + b"]," + events[-1].data[1:]
