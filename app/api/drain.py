"""How the process ends: in steps, so that nothing is lost that somebody else can go on with.

Told to end (SIGTERM, or Ctrl-C), it is draining: /readyz fails and no new training begins, but all else is answered
for ``drain_seconds``, so that a balancer finds out before the door closes. (Neither Ctrl-C nor a second signal waits
for that.) Then the server that runs this application is handed the signal: it accepts no more connections and ends
when every request is answered. To that end streams of events pause, and later what still has no reply gets a 503.
"""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SECONDS_TO_CLOSE: Final = 0.25
"""The server has stopped accepting connections this long after the signal: who goes on at once finds another."""
_SECONDS_TO_FINISH: Final = 2.0
"""For replies that are still being made after that."""


class DrainingError(Exception):
    """The process is shutting down and begins no new work."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down; try again after Retry-After")


class Drain:
    """The phases of shutting this process down.

    Parameters
    ----------
    seconds
        From the signal to the end of accepting connections.

    Attributes
    ----------
    begun
        True while the process shuts down: it is not ready and begins no new trainings.
    closing
        Whether streams are to pause.
    over
        Whether there is no more time for anything.
    """

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self.closing = False
        self.over = False
        self._seconds = seconds
        self._cancelled_at_end: set[asyncio.Task[Any] | None] = set()

    def refuse(self) -> None:
        """Raise `DrainingError` once the process shuts down."""
        if self.begun:
            raise DrainingError

    @contextmanager
    def cancelling(self) -> Iterator[None]:
        """Cancel the present task if the time is over before the block is."""
        task = asyncio.current_task()
        self._cancelled_at_end.add(task)
        try:
            yield
        finally:
            self._cancelled_at_end.discard(task)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Drain when this process is told to end, then hand the signal to whom it would have gone to."""
        if threading.current_thread() is not threading.main_thread():  # where there are no signals
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in _SIGNALS}

        def told(number: int, frame: FrameType | None) -> None:
            wait = 0 if self.begun or number == signal.SIGINT else self._seconds
            self.begun = True
            loop.call_soon_threadsafe(loop.call_later, wait, close, number, frame)

        def close(number: int, frame: FrameType | None) -> None:
            server = before[signal.Signals(number)]
            if callable(server):
                server(number, frame)
            loop.call_later(_SECONDS_TO_CLOSE, self._close)

        for number in _SIGNALS:
            signal.signal(number, told)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _close(self) -> None:
        self.closing = True
        asyncio.get_running_loop().call_later(_SECONDS_TO_FINISH, self._end)

    def _end(self) -> None:
        self.over = True
        for task in self._cancelled_at_end:
            if task is not None:
                task.cancel()
