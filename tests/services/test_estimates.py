"""Compare the estimate of every operation with the memory that it takes, for random, extreme requests."""

import json
import tracemalloc
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from app.engine.exceptions import EngineError
from app.engine.windows import windows_over
from app.engine.work import Work
from app.execution.admission import admit
from app.schemas.backward import BackwardRequest
from app.schemas.convolve import ConvolveRequest
from app.schemas.errors import RequestError
from app.schemas.evaluate import EvaluateRequest
from app.schemas.explain import ExplainRequest
from app.schemas.forward import ForwardRequest
from app.schemas.output_size import OutputSizeRequest
from app.schemas.pool import PoolRequest
from app.schemas.replay import ReplayRequest
from app.schemas.responses import ResponsesRequest
from app.schemas.serialization import json_in_slices
from app.schemas.train import TrainRequest
from app.services import networks
from app.services.backward import backward
from app.services.convolve import convolution
from app.services.evaluate import evaluate
from app.services.explain import explanation
from app.services.forward import forward
from app.services.operation import Operation, array_json_work
from app.services.output_size import output_size
from app.services.pool import pooling
from app.services.replay import replay
from app.services.responses import responses
from app.services.train import training
from app.settings import Settings
from tests.extremes import Extremes

LONGEST = 20_000_000
"""Multiply-adds of a request; the longest of the default take 40 s."""
SETTINGS = Settings(max_training_multiply_adds=LONGEST, max_unstreamed_multiply_adds=LONGEST)

OPERATIONS: dict[str, tuple[type[BaseModel], Callable[[Any], Operation[Any]]]] = {
    "backward": (BackwardRequest, lambda body: backward(body, SETTINGS)),
    "convolve": (ConvolveRequest, lambda body: convolution(body, SETTINGS)),
    "evaluate": (EvaluateRequest, lambda body: evaluate(body, SETTINGS)),
    "explain": (ExplainRequest, lambda body: explanation(body, SETTINGS)),
    "forward": (ForwardRequest, lambda body: forward(body, SETTINGS)),
    "output-size": (OutputSizeRequest, lambda body: output_size(body, SETTINGS)),
    "pool": (PoolRequest, lambda body: pooling(body, SETTINGS)),
    "replay": (ReplayRequest, lambda body: replay(body, SETTINGS)),
    "responses": (ResponsesRequest, lambda body: responses(body, SETTINGS)),
    "train": (TrainRequest, lambda body: training(body, SETTINGS, whole=body.seed == 1)),
}
ADMITTED = 12
"""Admitted requests of each operation that are run."""
MOST_REQUESTS = 300
"""Requests among which there are as many."""
FACTOR = 1.5
"""How far beyond its estimate the memory may be. orjson doubles its buffer when it is full, and leaves it untouched."""
UNCOUNTED = 100_000
"""Bytes that no estimate counts: a few objects of each request, and the first buffers of numpy and orjson."""
MOST_NUMBERS = 10_000
"""Numbers in a body, so that a request takes a fraction of a second."""
MOST_ESTIMATING = 300_000
"""Bytes that estimating may take, whatever is asked for."""


def _peak_of(work: Callable[[], Any]) -> tuple[Any, int]:
    """Return what `work` returns, and the most that it has allocated at any time."""
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _finished(operation: Operation[Any]) -> Any:
    try:
        return [part for part in operation.run() if part is not None]
    except (
        EngineError,
        RequestError,
    ) as error:  # what diverges or does not fit takes no more
        return error


def _forget() -> None:
    """Empty the caches, so that a request pays for what it leaves there."""
    windows_over.cache_clear()
    networks._cache.clear()


def _run(name: str, extremes: Extremes) -> tuple[Work, int] | None:
    """Return the estimate of the next random request, and the bytes that it took; None if it is refused."""
    model, operation_of = OPERATIONS[name]
    raw = json.dumps(extremes.body(name))
    try:
        request = model.model_validate_json(raw)
    except ValidationError:
        return None
    _forget()

    def estimated() -> Operation[Any] | None:
        try:
            operation = operation_of(request)
            admit(operation, SETTINGS)
        except (EngineError, RequestError):
            return None
        return operation

    operation, estimating = _peak_of(estimated)
    assert estimating < MOST_ESTIMATING, raw[:1_000]
    if operation is None:
        return None
    _, peak = _peak_of(lambda: _finished(operation))
    return operation.work, peak


def _beyond_estimate(name: str, share: float = 1) -> list[tuple[Work, int]]:
    """Return the requests that took more than this share of their estimate allows."""
    extremes = Extremes(seed=1, most=MOST_NUMBERS)
    runs = filter(None, (_run(name, extremes) for _ in range(MOST_REQUESTS)))
    admitted = list(islice(runs, ADMITTED))
    assert len(admitted) == ADMITTED
    return [(work, peak) for work, peak in admitted if peak > FACTOR * share * work.peak + UNCOUNTED]


@pytest.mark.parametrize("name", OPERATIONS)
def test_memory_stays_within_the_estimate(name: str) -> None:
    assert _beyond_estimate(name) == []


@pytest.mark.parametrize("shape", [(262_144, 1), (500, 500, 1), (100_000, 1, 1), (2, 125_000, 1)])
def test_array_of_many_short_lists_stays_within_the_estimate(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).random(shape)
    _, peak = _peak_of(lambda: list(json_in_slices(array)))
    assert peak < FACTOR * array_json_work(shape).peak + UNCOUNTED


def test_estimate_that_is_too_small_is_found() -> None:
    assert _beyond_estimate("convolve", share=0.2)
