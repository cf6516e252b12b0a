"""uvicorn's protocol, but a reply's head and body go to the system in one call instead of two.

For a reply of a few kilobytes a call to the system, which also wakes whoever reads, costs more than anything else
(benchmarks/api.py).
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class CoalescingTransport:
    """A transport that keeps what it is given until the event loop's next turn, and then writes it all."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep `data` for a moment."""
        if not self._kept:
            self._loop.call_soon(self._write_all)
        self._kept.append(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Keep all of them, in their order."""
        for data in lines:
            self.write(data)

    def close(self) -> None:
        """Write what is kept, and close once it has gone."""
        self._write_all()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever else a transport can do."""
        return getattr(self._transport, name)

    def _write_all(self) -> None:
        kept, self._kept = self._kept, []
        if kept and not self._transport.is_closing():  # it may have been cut off since
            self._transport.writelines(kept)


class CoalescingProtocol(HttpToolsProtocol):
    """The protocol that uvicorn would choose by itself, over such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        super().connection_made(CoalescingTransport(transport, self.loop))  # type: ignore[arg-type]
