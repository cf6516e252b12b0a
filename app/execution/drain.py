"""Graceful shutdown in phases, so that no work is lost that another server can continue.

On SIGTERM or Ctrl-C the process drains for ``shutdown_delay`` seconds: /readyz returns 503 and no training begins, but
everything else is answered, so that load balancers take this replica out before it stops accepting connections.
(Ctrl-C and a second signal skip that wait.) Then the server gets the signal: it accepts no more connections, and ends
when every request is answered. Event streams pause at that, and requests without a response after 2 s more get a 503.
"""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SECONDS_TO_CLOSE: Final = 0.25
"""The server stops accepting connections within this time, so a client that retries then reaches another one."""
_SECONDS_TO_FINISH: Final = 2.0
"""Time for responses that are still being made after that."""


class DrainingError(Exception):
    """The process is shutting down and begins no new work."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down; try again after Retry-After")


class Phase(IntEnum):
    """Phases of a process, in order."""

    SERVING = 0
    DRAINING = 1
    """/readyz returns 503, and no training begins."""
    CLOSING = 2
    """The server accepts no connections; event streams pause."""
    CLOSED = 3
    """Requests without a response are cancelled."""


class Drain:
    """Shuts this process down in phases.

    Parameters
    ----------
    delay
        Seconds from SIGTERM until the server stops accepting connections.

    Attributes
    ----------
    phase
        The current phase.
    """

    def __init__(self, delay: float) -> None:
        self.phase = Phase.SERVING
        self._delay = delay
        self._cancelled_at_end: set[asyncio.Task[Any] | None] = set()

    def check(self) -> None:
        """Raise `DrainingError` once the process shuts down."""
        if self.phase is not Phase.SERVING:
            raise DrainingError

    @contextmanager
    def cancel_at_end(self) -> Iterator[None]:
        """Cancel the current task if the process reaches `Phase.CLOSED` inside the block."""
        task = asyncio.current_task()
        self._cancelled_at_end.add(task)
        try:
            yield
        finally:
            self._cancelled_at_end.discard(task)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """On SIGTERM or SIGINT start draining, then call the previously installed handler."""
        if threading.current_thread() is not threading.main_thread():  # only the main thread may handle signals
            yield
            return
        loop = asyncio.get_running_loop()
        previous = {number: signal.getsignal(number) for number in _SIGNALS}

        def on_signal(number: int, frame: FrameType | None) -> None:
            skip = self.phase is not Phase.SERVING or number == signal.SIGINT
            self.phase = max(self.phase, Phase.DRAINING)
            loop.call_soon_threadsafe(loop.call_later, 0 if skip else self._delay, close, number, frame)

        def close(number: int, frame: FrameType | None) -> None:
            handler = previous[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)
            loop.call_later(_SECONDS_TO_CLOSE, self._close)

        for number in _SIGNALS:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _close(self) -> None:
        self.phase = max(self.phase, Phase.CLOSING)
        asyncio.get_running_loop().call_later(_SECONDS_TO_FINISH, self._end)

    def _end(self) -> None:
        self.phase = Phase.CLOSED
        for task in self._cancelled_at_end:
            if task is not None:
                task.cancel()
