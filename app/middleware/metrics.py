"""Metrics of this service, for Prometheus.

A single process keeps its metrics in memory. Several (``--workers``) keep theirs in files of one directory, and the one
that answers GET /metrics adds them up: prometheus-client does that if PROMETHEUS_MULTIPROC_DIR is set, and `app.cli`
sets it.
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
from prometheus_client import (
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

from .. import __version__
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..http.problems import PROBLEM_TYPES
from ..settings import Settings
from ..telemetry.request_context import RequestContext

UNKNOWN: Final = "none"
"""Route of a path that no route matches, so that made-up paths add no series."""
SAMPLED_EVERY_SECONDS: Final = 1.0

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600)
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"))
_DIRECTORY: Final = os.environ.get("PROMETHEUS_MULTIPROC_DIR")

disable_created_metrics()  # type: ignore[no-untyped-call]  # the start times of series, which double their number

_ONE_PROCESS: Final = CollectorRegistry()
BUILD: Final = Gauge(
    "fivebyfive_build_info",
    "Always 1; the labels are the versions that run.",
    ("version", "python", "numpy"),
    registry=_ONE_PROCESS,
    multiprocess_mode="livemax",
)
REQUESTS: Final = Counter(
    "fivebyfive_requests_total",
    "Requests answered, by method, route and class of the status (4xx includes clients that left before the response).",
    ("method", "route", "status"),
    registry=_ONE_PROCESS,
)
SECONDS: Final = Histogram(
    "fivebyfive_request_seconds",
    "Time from a request's head to the end of its response, by route; of a stream of events, its whole duration.",
    ("route",),
    buckets=_BUCKETS,
    registry=_ONE_PROCESS,
)
PROBLEMS: Final = Counter(
    "fivebyfive_problems_total",
    "Requests refused or failed, by type of problem: busy (503), rate-limited (429), body-too-large (413), "
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
    "Open event streams.",
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
RUNNING: Final = Gauge(
    "fivebyfive_running",
    "Expensive work that holds a slot, by kind of work.",
    ("work",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
WAITING: Final = Gauge(
    "fivebyfive_waiting",
    "Expensive work that waits for a slot, by kind of work.",
    ("work",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
CAPACITY: Final = Gauge(
    "fivebyfive_capacity",
    "Limits of what this service does at once, by setting; summed over its workers.",
    ("setting",),
    registry=_ONE_PROCESS,
    multiprocess_mode="livesum",
)
_CAPACITIES: Final = (
    "compute_threads",
    "compute_queue",
    "max_concurrent_trainings",
    "max_queued_trainings",
    "max_connections",
    "max_buffered_body_bytes",
    "max_buffered_response_bytes",
)
for _kind in PROBLEM_TYPES:
    PROBLEMS.labels(_kind)  # so that its first increase can be seen
ProcessCollector(registry=_ONE_PROCESS)

LIMITERS: Final[dict[str, Callable[[Settings], ConcurrencyLimiter]]] = {
    "training": training_limiter,
    "compute": compute_limiter,
}
"""The concurrency limiters that RUNNING and WAITING report, by kind of work."""

_series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def count(contexts: Iterable[RequestContext]) -> None:
    """Count requests that have ended."""
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
    """Set the gauges that are not set when their values change."""
    for work, limiter_of in LIMITERS.items():
        RUNNING.labels(work).set(limiter_of(settings).running)
        WAITING.labels(work).set(limiter_of(settings).waiting)
    for setting in _CAPACITIES:
        CAPACITY.labels(setting).set(getattr(settings, setting))
    BUILD.labels(__version__, platform.python_version(), np.__version__).set(1)


def keep_sampling(settings: Settings) -> None:
    """If several processes share their metrics, keep the gauges of this one fresh for the others."""
    if _DIRECTORY is not None:
        sample(settings)
        asyncio.get_running_loop().call_later(SAMPLED_EVERY_SECONDS, keep_sampling, settings)


def exposition() -> bytes:
    """Return every metric in Prometheus' text format."""
    if _DIRECTORY is None:
        return generate_latest(_ONE_PROCESS)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, _DIRECTORY)  # type: ignore[no-untyped-call]
    registry.register(_Workers(Path(_DIRECTORY)))
    return generate_latest(registry)


class _Workers(Collector):
    """The process metrics of every worker, with a label `pid`; removes the gauges of dead workers."""

    def __init__(self, directory: Path) -> None:
        self._pids = sorted(int(file.stem.rpartition("_")[2]) for file in directory.glob("gauge_livesum_*.db"))

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each metric, with a sample for each live worker."""
        families: dict[str, Metric] = {}
        for pid in self._pids:
            if not _is_alive(pid):
                with suppress(FileNotFoundError):  # another worker has removed it meanwhile
                    mark_process_dead(pid, _DIRECTORY)  # type: ignore[no-untyped-call]
                continue
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sampled in family.samples:
                    merged.add_sample(sampled.name, {**sampled.labels, "pid": str(pid)}, sampled.value)
        yield from families.values()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
