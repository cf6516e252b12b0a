"""HTTP/1.1 as uvicorn speaks it, with bounds on what a connection may take: time, memory, and company.

A client has so long to send a request, and to take a reply; whoever sends nothing is not kept for ever. What the
application can refuse, it refuses (`app.api`); here is what happens before it hears of a request, or after its reply.
"""

import asyncio
from functools import lru_cache
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from ..api.drain import Drain
from ..api.metrics import PROBLEMS
from ..api.problems import MEDIA_TYPE, problem_bytes
from ..execution.response_memory import MemoryBudget
from ..settings import Settings
from .ignore_upgrade import IgnoreUpgradeProtocol

MAX_HEAD_BYTES: Final = 65_536
"""Of a request line and headers that are not complete yet."""
_SECONDS_TO_ARRIVE_AT_END: Final = 2.0
"""For a request that is still arriving when the server is told to end."""

_settings = lru_cache(maxsize=1)(Settings)


class LimitedHttpProtocol(IgnoreUpgradeProtocol):
    """One connection.

    `_arriving` is True from the first byte of a request to its last, `_in_head` until its headers are complete. The
    timer runs while it is the client's turn; an idle connection between two requests has uvicorn's own.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._settings = _settings()
        self._drain: Drain | None = app_state.get("drain")
        self._held: MemoryBudget | None = app_state.get("held")
        self._unsent = 0
        self._arriving = self._in_head = False
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections:
            self._refuse(503, "busy", f"{self._settings.connections} connections are open; try again soon")
        else:
            self._start_timer(self._settings.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._cancel_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then see whose turn it is."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, "head-too-large", f"The request's head exceeds {MAX_HEAD_BYTES} bytes")
                return
        if self._arriving or self.cycle is None or self.cycle.response_complete:
            if self._timer is None and self.timeout_keep_alive_task is None:
                self._start_timer(self._settings.request_seconds)
        elif self._timer is not None:
            self._cancel_timer()

    def pause_writing(self) -> None:
        """The client takes less than it is sent: from now on it must go on taking."""
        super().pause_writing()
        self._check_progress(self.transport.get_write_buffer_size() + 1)

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._track_unsent(0)
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    # What the parser tells

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._arriving = self._in_head = True
        self._head_bytes = 0
        if self._timer is not None:
            self._cancel_timer()

    def on_headers_complete(self) -> None:
        """The end of its head."""
        self._in_head = False
        super().on_headers_complete()
        if self._drain is not None and self._drain.begun and not self.declined:
            self.cycle.keep_alive = False  # the next request is to find another server

    def on_message_complete(self) -> None:
        """Its last byte."""
        self._arriving = False
        super().on_message_complete()

    # What the server tells

    def shutdown(self) -> None:
        """No more requests; one that is still arriving must hurry."""
        super().shutdown()
        if self._arriving:
            self._cancel_timer()
            self._start_timer(_SECONDS_TO_ARRIVE_AT_END)

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP ends the connection."""
        self._refuse(400, "not-http", msg)

    def timeout_keep_alive_handler(self) -> None:
        """An idle connection is closed; one whose client has not even taken the last reply is cut."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._on_timeout)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        self._timer = None
        behind_another = self.pipeline or (self._in_head and self.cycle and not self.cycle.response_complete)
        if behind_another:
            self._start_timer(self._settings.request_seconds)
        elif self._arriving:
            self._refuse(408, "request-timeout", "The request did not arrive in full in time")
        else:
            self.transport.close()

    def _track_unsent(self, waiting: int) -> None:
        """So many bytes wait in this connection, of a reply that could not be sent at once."""
        if self._held is not None:
            self._held.change(waiting - self._unsent)
            self._unsent = waiting

    def _check_progress(self, before: int) -> None:
        """Cut the connection if it has not become shorter what waits to be sent; else look again later."""
        waiting = self.transport.get_write_buffer_size()
        self._track_unsent(waiting)
        if waiting >= before:
            self.transport.abort()
        else:
            self._stall = self.loop.call_later(self._settings.stall_seconds, self._check_progress, waiting)

    def _refuse(self, status: int, kind: str, detail: str) -> None:
        """Answer with a problem, unless another answer is under way, and close the connection."""
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            PROBLEMS.labels(kind).inc()  # no application hears of it, so nobody else counts it
            asked = self.root_path + getattr(self, "url", b"").partition(b"?")[0].decode("latin-1")
            body = problem_bytes(kind, status, detail, asked, root_path=self.root_path)
            headers = {
                b"content-type": MEDIA_TYPE.encode(),
                b"content-length": str(len(body)).encode(),
                b"connection": b"close",
                **dict(self.server_state.default_headers),
                **({b"retry-after": b"1"} if status == 503 else {}),
            }
            lines = [name + b": " + value for name, value in headers.items()]
            self.transport.write(STATUS_LINE[status] + b"\r\n".join([*lines, b"", body]))
        self.transport.close()
