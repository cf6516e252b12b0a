"""GET /metrics: what this service does, for Prometheus.

One process keeps its numbers in memory. Several (``--workers``) keep theirs in files of one directory, where whichever
of them is asked adds them up; prometheus-client does that wherever PROMETHEUS_MULTIPROC_DIR is set, and `app.cli` sets
it.
"""

import asyncio
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException

from .. import __version__
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..http.problems import PROBLEM_TYPES
from ..settings import Settings
from ..telemetry.request_context import RequestContext

UNKNOWN: Final = "none"
"""The route of a path that has none, so that made-up paths make no new numbers."""
SAMPLED_EVERY_SECONDS: Final = 1.0

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600)
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))
_DIRECTORY: Final = os.environ.get("PROMETHEUS_MULTIPROC_DIR")

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a series began; nothing here needs it, and it doubles their number

_ONE_PROCESS: Final = CollectorRegistry()
BUILD: Final = Gauge(
    "fivebyfive_build_info",
    "Always 1; its labels are the versions that run.",
    ("version", "python", "numpy"),
    registry=_ONE_PROCESS,
    multiprocess_mode="livemax",
)
REQUESTS: Final = Counter(
    "fivebyfive_requests_total",
    "Requests answered, by method, route and class of the status (4xx includes clients that left before the reply).",
    ("method", "route", "status"),
    registry=_ONE_PROCESS,
)
SECONDS: Final = Histogram(
    "fivebyfive_request_seconds",
    "Time from a request's head to the end of its reply, by route; for a stream of events that is its whole life.",
    ("route",),
    buckets=_BUCKETS,
    registry=_ONE_PROCESS,
)
PROBLEMS: Final = Counter(
    "fivebyfive_problems_total",
    "Requests refused or failed, by kind of problem: busy (503), rate-limited (429), body-too-large (413), "
    "limit-exceeded (422) and the others that /docs describes.",
    ("kind",),
    registry=_ONE_PROCESS,
)
MULTIPLY_ADDS: Final = Counter(
    "fivebyfive_multiply_adds_total",
    "Multiply-adds of the work done, as estimated when it was admitted; of a training that ended early its share.",
    registry=_ONE_PROCESS,
)
STREAMS: Final = Gauge(
    "fivebyfive_streams_open",
    "Streams of events being sent.",
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
RUNNING: Final = Gauge(
    "fivebyfive_running",
    "Costly work that has a seat, by kind of work.",
    ("work",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
WAITING: Final = Gauge(
    "fivebyfive_waiting",
    "Costly work that waits for a seat, by kind of work.",
    ("work",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
CAPACITY: Final = Gauge(
    "fivebyfive_capacity",
    "The limits of what this service does at once, by setting; added up over its workers.",
    ("setting",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
_CAPACITIES: Final = (
    "compute_threads",
    "compute_queue",
    "training_slots",
    "training_queue",
    "connections",
    "held_body_bytes",
    "held_reply_bytes",
)
for _kind in PROBLEM_TYPES:
    PROBLEMS.labels(_kind)  # a number that is there from the start can be watched for its first increase
ProcessCollector(registry=_ONE_PROCESS)

LIMITERS: Final[dict[str, Callable[[Settings], ConcurrencyLimiter]]] = {
    "training": training_limiter,
    "compute": compute_limiter,
}
"""The concurrency limiters that RUNNING and WAITING report, by kind of work."""

_series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """Every number, in Prometheus' text format."""
    settings: Settings = request.app.state.settings
    if not settings.metrics:
        raise HTTPException(404, "Metrics are switched off")
    request.app.state.journal.write()
    sample(settings)
    return Response(await asyncio.to_thread(_exposition), media_type=CONTENT_TYPE_LATEST)


def count(contexts: Iterable[RequestContext]) -> None:
    """Add requests that have ended."""
    multiply_adds = 0.0
    for context in contexts:
        method = context.method if context.method in _METHODS else UNKNOWN
        key = method, context.route or UNKNOWN, context.status // 100
        series = _series.get(key)
        if series is None:
            _, route, hundreds = key
            series = _series[key] = REQUESTS.labels(method, route, f"{hundreds}xx"), SECONDS.labels(route)
        requests, latency = series
        requests.inc()
        latency.observe(context.seconds)
        if context.problem:
            PROBLEMS.labels(context.problem).inc()
        if context.status < 400:
            multiply_adds += context.cost * context.share
    MULTIPLY_ADDS.inc(multiply_adds)


def sample(settings: Settings) -> None:
    """Set the gauges that nobody sets when what they tell of changes."""
    for work, limiter_of in LIMITERS.items():
        RUNNING.labels(work).set(limiter_of(settings).running)
        WAITING.labels(work).set(limiter_of(settings).waiting)
    for setting in _CAPACITIES:
        CAPACITY.labels(setting).set(getattr(settings, setting))
    BUILD.labels(__version__, platform.python_version(), np.__version__).set(1)


def keep_sampling(settings: Settings) -> None:
    """Where several processes share their numbers, let this one's be fresh when another is asked for them."""
    if _DIRECTORY is not None:
        sample(settings)
        asyncio.get_running_loop().call_later(SAMPLED_EVERY_SECONDS, keep_sampling, settings)


def _exposition() -> bytes:
    if _DIRECTORY is None:
        return generate_latest(_ONE_PROCESS)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, _DIRECTORY)  # type: ignore[no-untyped-call]
    registry.register(_Workers(Path(_DIRECTORY)))
    return generate_latest(registry)


class _Workers(Collector):
    """The process metrics of every worker, told apart by the label `pid`; and the end of the gauges of dead ones."""

    def __init__(self, directory: Path) -> None:
        self._pids = sorted(int(file.stem.rpartition("_")[2]) for file in directory.glob("gauge_livesum_*.db"))

    def collect(self) -> Iterator[Metric]:
        """One family a metric, with a sample for each worker that lives."""
        families: dict[str, Metric] = {}
        for pid in self._pids:
            if not _lives(pid):
                with suppress(FileNotFoundError):  # another worker is asked too, and was faster
                    mark_process_dead(pid, _DIRECTORY)  # type: ignore[no-untyped-call]
                continue
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for told in family.samples:
                    merged.add_sample(told.name, {**told.labels, "pid": str(pid)}, told.value)
        yield from families.values()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
