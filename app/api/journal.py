"""Requests that have ended, told to the log and to the metrics."""

import asyncio
import logging
from contextvars import Context
from typing import Any, Final
from urllib.parse import quote

from ..telemetry.logging import LINES
from ..telemetry.request_context import RequestContext
from . import metrics

DELAY_SECONDS: Final = 0.02
MOST_KEPT: Final = 1_000
MAX_LENGTH: Final = 80
"""Longer paths and addresses, which a client may have made up, are cut off."""

_QUIET: Final = ("/static/", "/healthz", "/readyz", "/metrics")
"""What is asked for all the time, and logged at level debug where all is well."""

log = logging.getLogger("fivebyfive.request")


class Journal:
    """Tells of requests shortly after they ended, many at a time.

    Between two requests, the code that writes a line leaves the processor's caches, so a line by itself takes three
    times as long as one of many; and many share one record of the log. Measured: some 6 microseconds a request instead
    of 40.

    Parameters
    ----------
    counting
        Whether the metrics are told too.
    """

    def __init__(self, *, counting: bool) -> None:
        self._counting = counting
        self._kept: list[RequestContext] = []

    def add(self, context: RequestContext) -> None:
        """Keep one request until the next writing."""
        self._kept.append(context)
        if len(self._kept) == 1:
            # In a context of its own, as what it writes is about many requests.
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self.write, context=Context())
        elif len(self._kept) >= MOST_KEPT:
            self.write()

    def write(self) -> None:
        """Tell of all that are kept."""
        kept, self._kept = self._kept, []
        if self._counting:
            metrics.count(kept)
        for level, quiet in ((logging.INFO, False), (logging.DEBUG, True)):
            if log.isEnabledFor(level):
                lines = [(context.ended, _fields(context)) for context in kept if _is_quiet(context) is quiet]
                if lines:
                    log.log(level, "%(method)s %(path)s %(status)d in %(duration_ms)g ms", extra={LINES: lines})


def _is_quiet(context: RequestContext) -> bool:
    return context.status < 400 and context.route is not None and context.route.startswith(_QUIET)


def _fields(context: RequestContext) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "request_id": context.id,
        "method": context.method,
        "path": context.route or quote(context.path[:MAX_LENGTH])[:MAX_LENGTH],
        "status": context.status,
        "duration_ms": round(context.seconds * 1_000, 3),
        "bytes": context.sent,
        "client": context.client[:MAX_LENGTH],
    }
    if context.cost:
        fields["cost"] = context.cost
        if context.share < 1:
            fields["share"] = round(context.share, 3)
    if context.problem:
        fields["problem"] = context.problem
    if context.outcome:
        fields["outcome"] = context.outcome
    return fields
