"""JSON responses, and the response that an operation makes: inline, in a slot, or in slices."""

import gzip
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..execution.admission import admit
from ..execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from ..execution.drain import Drain, DrainingError, Phase
from ..execution.response_memory import MemoryBudget, reserve_response
from ..execution.time_slices import cancel_on_disconnect, run_in_slot
from ..services.operation import Operation
from ..settings import Settings
from ..telemetry.request_context import current_client, record_cost
from .constant_content import LEAST_COMPRESSED
from .negotiation import JSON, accepts_gzip

ALREADY_ADMITTED: Final = "fivebyfive.already_admitted"
"""Scope key of a request that has held a compute slot, because its body was too long to parse inline."""
LONG: Final = 1_000_000_000
"""Multiply-adds above which an operation uses the slots of trainings, as it takes as long as one."""
MOST_COMPRESSED: Final = 524_288
"""Bytes above which compressing blocks the event loop for longer than half a millisecond."""


class JSONBytesResponse(Response):
    """JSON that is already bytes; compressed if the client accepts gzip and the length is worth it."""

    media_type = JSON

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if LEAST_COMPRESSED <= len(self.body) <= MOST_COMPRESSED and accepts_gzip(scope):
            # The fastest level: a trace of 5 kB becomes 1 kB in 15 microseconds.
            self.body = gzip.compress(self.body, compresslevel=1, mtime=0)
            # Not by `headers`, which takes as long again.
            self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
            self.raw_headers.append((b"content-length", b"%d" % len(self.body)))
            self.raw_headers.append((b"content-encoding", b"gzip"))
        reserve_response(scope["app"].state.response_memory, len(self.body))
        self.raw_headers.append((b"vary", b"Accept-Encoding"))
        await super().__call__(scope, receive, send)


class CancellableResponse:
    """An ASGI response whose body takes a while to make; the work is cancelled if the client disconnects."""

    def __init__(self, work: Coroutine[Any, Any, bytes], media_type: str = JSON) -> None:
        self._work = work
        self._media_type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        drain: Drain = scope["app"].state.drain
        with drain.cancel_at_end():
            body = await cancel_on_disconnect(receive, self._work)
        if body is not None:
            await JSONBytesResponse(body, media_type=self._media_type)(scope, receive, send)
        elif drain.phase is Phase.CLOSED:
            raise DrainingError


def respond(request: Request, operation: Operation[bytes], media_type: str = JSON) -> ASGIApp:
    """Return the response that an operation makes: inline if its estimate is small, else in slices on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind an
    expensive one.

    Parameters
    ----------
    request
        The request under way.
    operation
        Makes the body.
    media_type
        Content-Type of the response.

    Raises
    ------
    RequestError
        If the estimate exceeds a limit.
    BusyError
        If there is no room for the operation.
    """
    settings: Settings = request.app.state.settings
    memory: MemoryBudget = request.app.state.response_memory
    admit(operation, settings)
    cost = operation.work.cost
    if cost <= settings.inline_multiply_adds:
        record_cost(cost)
        [body] = filter(None, operation.run())
        return JSONBytesResponse(body, media_type=media_type)
    long = cost > LONG
    again = _check_room(request, training_limiter(settings) if long else compute_limiter(settings))
    record_cost(cost)
    check = partial(memory.check, current_client())
    parts = run_in_slot(settings, operation.run(), long=long, again=again, check=check)
    return CancellableResponse(_whole_body(memory, parts), media_type)


def _check_room(request: Request, limiter: ConcurrencyLimiter) -> bool:
    """Raise `BusyError` now, before any task is made, if there is no room; return True if the request held a slot."""
    request.app.state.response_memory.check(current_client())
    again = ALREADY_ADMITTED in request.scope and limiter is compute_limiter(request.app.state.settings)
    if not again:
        limiter.check(current_client())
    return again


async def _whole_body(memory: MemoryBudget, parts: AsyncGenerator[list[bytes], None]) -> bytes:
    async with aclosing(parts):
        [body] = [body async for bodies in parts for body in bodies]
    reserve_response(memory, len(body), checked=True)
    return body
