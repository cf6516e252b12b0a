"""Writes a response's head and body with one system call instead of two.

For a response of a few kilobytes a system call, which also wakes the reader, costs more than anything else
(benchmarks/api.py).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any


class CoalescingTransport:
    """A transport that collects what is written until the event loop's next iteration.

    Parameters
    ----------
    transport
        The transport to write to.
    loop
        The event loop.
    on_close
        Called once after `close` has written everything; it is to close `transport`.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, on_close: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._on_close = on_close
        self._closed = False
        self._collected: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write `data` in the event loop's next iteration."""
        if self._closed:
            return
        if not self._collected:
            self._loop.call_soon(self._flush)
        self._collected.append(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Write all of `lines` in the event loop's next iteration."""
        for data in lines:
            self.write(data)

    def close(self) -> None:
        """Write what is collected and close the transport; later writes are ignored."""
        if not self._closed:
            self._closed = True
            self._flush()
            self._on_close()

    def is_closing(self) -> bool:
        """Return True once nothing more can be written."""
        return self._closed or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        """Return any other attribute of the transport."""
        return getattr(self._transport, name)

    def _flush(self) -> None:
        collected, self._collected = self._collected, []
        if collected and not self._transport.is_closing():
            self._transport.writelines(collected)
