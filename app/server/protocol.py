"""HTTP/1.1 with limits on what a connection may take: time, memory and connections.

The application rejects what it can (`app.http.problems`). Rejected here is what does not reach it in full: invalid
HTTP, a head that is too long, a request that takes too long to arrive, a connection beyond the limit.
"""

import asyncio
from contextvars import Context
from functools import partial
from time import time
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from ..execution.client_address import client_key
from ..execution.connections import ConnectionLimiter
from ..execution.drain import Drain, Phase
from ..execution.response_memory import MemoryBudget
from ..http.path import encoded_path
from ..http.problems import MEDIA_TYPE, problem_bytes
from ..http.security_headers import security_headers
from ..middleware.access_log import AccessLog
from ..middleware.request_context import REQUEST_ID, context_of
from ..settings import Settings
from .coalescing import CoalescingTransport
from .framing import FramedHttpProtocol
from .request_head import InvalidRequestError

LINGER_SECONDS: Final = 5.0
"""A connection is closed this long after a response to a request that did not arrive in full."""
LINGER_BYTES: Final = 64 * 1024 * 1024
"""Bytes of such a request that are read and dropped meanwhile."""
HALF_CLOSED_SECONDS: Final = 2.0
"""A client that has closed its sending side counts as gone if its response does not begin within this time.

So does one whose event stream does not end within it: the stream may send nothing for many seconds meanwhile.
"""
_SECONDS_TO_ARRIVE_AT_END: Final = 2.0
"""For a request that is still arriving when the server shuts down."""
_LINGER_SECONDS_AT_END: Final = 1.0


class LimitedHttpProtocol(FramedHttpProtocol):
    """One connection.

    The timer runs while a request is awaited or arriving; an idle connection between two requests has uvicorn's timer.

    A client that is still sending when the response comes would lose it if the connection were closed: a system that
    receives data for a closed socket resets the connection, and the client's system then drops what the client has not
    read. So the connection lingers (RFC 9112, section 9.6): its sending side is closed, and what arrives is dropped,
    until the client closes too or `LINGER_SECONDS` or `LINGER_BYTES` are over.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._settings: Settings = app_state["settings"]
        self._drain: Drain = app_state["drain"]
        self._response_memory: MemoryBudget = app_state["response_memory"]
        self._access_log: AccessLog = app_state["access_log"]
        self._limiter: ConnectionLimiter = app_state["connections"]
        self._socket: asyncio.Transport
        self._unsent = 0
        self._unsent_client = ""
        self._is_shutting_down = False
        self._linger_bytes: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._half_closed: asyncio.TimerHandle | None = None

    # Called by the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection, unless there are too many."""
        self._socket = transport
        super().connection_made(CoalescingTransport(transport, self.loop, self._close))  # type: ignore[arg-type]
        key = client_key(self.client) if self._settings.share_by_address else ""
        if self._limiter.admit(self, key):
            self._start_timer(self._settings.request_timeout)
        else:
            detail = f"The limit of {self._settings.max_connections} connections is reached; try again in 1 s"
            self._arriving = True  # what this client sends is to be read before the connection is closed
            self.refuse(InvalidRequestError(503, "busy", detail))

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what the connection holds."""
        self._limiter.remove(self)
        self._cancel_timer()
        self._cancel_half_closed()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read `data`, or drop it if the connection lingers."""
        if self._linger_bytes is None:
            super().data_received(data)
            if self._arriving and self._timer is None:
                self._start_timer(self._settings.request_timeout)
            return
        self._linger_bytes -= len(data)
        if self._linger_bytes < 0:
            self._socket.abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what has been received in full, though not for long: a client that is gone looks the same."""
        stays_open = super().eof_received()
        if stays_open:
            self._limit_half_closed()
        return stays_open

    def pause_writing(self) -> None:
        """Disconnect a client that does not go on reading."""
        super().pause_writing()
        self._check_progress(self.transport.get_write_buffer_size() + 1)

    def resume_writing(self) -> None:
        """Record that the client has read nearly everything."""
        super().resume_writing()
        self._track_unsent(0)
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    # Called while requests are read

    def on_request_begin(self) -> None:
        """Restart the time in which the request must arrive."""
        super().on_request_begin()
        self._cancel_timer()

    def on_headers_complete(self) -> None:
        """Start to answer; while draining, let the next request find another server."""
        super().on_headers_complete()
        if self._is_shutting_down or self._drain.phase is not Phase.SERVING:
            self._may_keep_alive = False
        if self._at_end:
            self._limit_half_closed()

    def on_request_complete(self) -> None:
        """Stop the timer, and record that the connection waits for the server."""
        super().on_request_complete()
        self._cancel_timer()
        self._limiter.set_waiting(self, False)

    def refuse(self, error: InvalidRequestError) -> None:
        """Answer with a problem, unless a response has begun, and close the connection."""
        if not (self.is_answering() and self.cycle.response_started):
            self.transport.write(self._problem(error))
        if self.is_answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    # Called by the server

    def on_response_complete(self) -> None:
        """Record that the connection waits for its client again."""
        super().on_response_complete()
        self._limiter.set_waiting(self, True)

    def shutdown(self) -> None:
        """Read no more requests; shorten the timeout of one that is still arriving."""
        self._is_shutting_down = True
        self._may_keep_alive = False
        if self._linger_bytes is not None:
            self._start_timer(_LINGER_SECONDS_AT_END)
        elif self._arriving:
            self._start_timer(_SECONDS_TO_ARRIVE_AT_END)
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; abort it if the client has not read the last response."""
        if self.transport.get_write_buffer_size():
            self._socket.abort()
        else:
            super().timeout_keep_alive_handler()

    def evict(self) -> None:
        """Close the connection at once, to make room for another."""
        if self._arriving and not self.transport.is_closing():
            self._arriving = False  # no lingering
            detail = f"The limit of {self._settings.max_connections} connections is reached; try again in 1 s"
            self.refuse(InvalidRequestError(503, "busy", detail))
        else:
            self._socket.abort()

    def _close(self) -> None:
        """Close the connection, or let it linger if more may arrive that the response does not wait for."""
        if self._socket.is_closing():
            return
        if self._at_end or not (self._arriving or self._received):
            self._socket.close()
            return
        self._linger_bytes = LINGER_BYTES
        self._drop_received()
        self.flow.resume_reading()
        if self._socket.can_write_eof():
            self._socket.write_eof()
        seconds = _LINGER_SECONDS_AT_END if self._is_shutting_down else LINGER_SECONDS
        self._start_timer(min(seconds, self._settings.request_timeout))

    def _limit_half_closed(self) -> None:
        self._cancel_half_closed()
        self._half_closed = self.loop.call_later(HALF_CLOSED_SECONDS, self._abort_waiting)

    def _cancel_half_closed(self) -> None:
        if self._half_closed is not None:
            self._half_closed.cancel()

    def _abort_waiting(self) -> None:
        """Disconnect a client whose response has not begun or is a stream; any other fails if the client is gone."""
        scope: Any = self.cycle.scope if self.is_answering() else None
        if scope is not None and (not self.cycle.response_started or context_of(scope).streamed):
            self._socket.abort()

    def _start_timer(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, self._on_timeout)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        self._timer = None
        if self._linger_bytes is not None:
            self._socket.abort()
        elif self._arriving:
            detail = f"The request did not arrive in full within {self._settings.request_timeout:g} s"
            self.refuse(InvalidRequestError(408, "request-timeout", detail))
        else:
            self.transport.close()

    def _track_unsent(self, unsent: int) -> None:
        """Count the bytes of responses that wait in this connection, because they could not be sent at once."""
        self._response_memory.release(self._unsent_client, self._unsent)
        if unsent and self._settings.share_by_address:
            self._unsent_client = client_key(self.scope["client"])  # the one that a trusted proxy names
        self._response_memory.reserve(self._unsent_client, unsent)
        self._unsent = unsent

    def _check_progress(self, before: int) -> None:
        """Abort the connection if the client has read nothing since `before` bytes were unsent; else check later."""
        unsent = self.transport.get_write_buffer_size()
        self._track_unsent(unsent)
        if unsent >= before:
            self._socket.abort()
        else:
            self._stall = self.loop.call_later(self._settings.write_timeout, self._check_progress, unsent)

    def _problem(self, error: InvalidRequestError) -> bytes:
        """Return a whole response, and log it as the application logs its own."""
        scope: Any = self.scope or {"client": self.client, "headers": []}
        scope.setdefault("method", "")
        scope.setdefault("raw_path", self.root_path.encode() + getattr(self, "url", b"").partition(b"?")[0])
        scope.setdefault("path", encoded_path(scope))
        context = context_of(scope)
        context.status, context.problem, context.outcome = error.status, error.kind, ""
        # In a separate context, because a callback may have that of an earlier request.
        body = Context().run(
            partial(
                problem_bytes, error.kind, error.status, error.detail, encoded_path(scope), root_path=self.root_path
            )
        )
        headers = security_headers(self._settings.frame_ancestors) | {
            REQUEST_ID: context.id,
            "Content-Type": MEDIA_TYPE,
            "Cache-Control": "no-store",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **({"Retry-After": "1"} if error.status == 503 else {}),
        }
        lines = [b"%s: %s" % header for header in self.server_state.default_headers]
        lines += [f"{name.lower()}: {value}".encode("latin-1") for name, value in headers.items()]
        content = b"" if scope["method"] == "HEAD" else body
        context.sent = len(content)
        if not self.is_answering():  # else the application logs it
            context.ended = time()
            self._access_log.add(context)
        return STATUS_LINE[error.status] + b"\r\n".join([*lines, b"", content])
