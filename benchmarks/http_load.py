"""The cheapest HTTP client that will do: prepared requests over kept connections, replies counted and thrown away.

It knows just what the service's replies need: a Content-Length, or chunks. A load generator that shares the server's
cores must cost as little as can be.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

EVENT, FAILED = b"\nevent: epoch", b"\nevent: failed"


def request(path: str, body: bytes, accept: str = "application/json") -> bytes:
    """A POST, as it goes over the line."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: {accept}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One kept connection: a request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._buffer = bytearray()
        self._waiting: asyncio.Future[tuple[int, int]] | None = None
        self._head: tuple[int, int] | None = None
        self._tail = b""
        self._events = self._failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(str(exc or "closed by the server")))

    async def ask(self, prepared: bytes) -> tuple[int, int]:
        """Send a prepared request; its status, and the number of epochs in the reply (-1 if it says it failed)."""
        if self._transport is None:
            raise ConnectionError("not connected")
        self._waiting = asyncio.get_running_loop().create_future()
        self._head, self._tail, self._events, self._failures = None, b"", 0, 0
        self._transport.write(prepared)
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            self._buffer += data
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            data = bytes(self._buffer[end + 4 :])
            self._buffer.clear()
            _, _, length = head.partition(b"content-length: ")
            self._head = int(head[9:12]), int(length.split(b"\r\n")[0]) if length else -1
            self._missing = self._head[1]
        status, length = self._head
        if length >= 0:
            self._missing -= len(data)
            if self._missing <= 0:
                self._finish(status)
            return
        text = self._tail + data
        self._events += text.count(EVENT)
        self._failures += text.count(FAILED)
        # What may be the beginning of a mark is looked at again with what comes next.
        self._tail = text[-(len(EVENT) - 1) :]
        if text.endswith(b"0\r\n\r\n"):
            self._finish(status)

    def _finish(self, status: int) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result((status, -1 if self._failures else self._events))


async def connect(port: int) -> Connection:
    """A connection to the server on this port of loopback."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


def quantiles(seconds: Sequence[float], shares: Sequence[float] = (0.5, 0.95, 0.99, 1.0)) -> list[float]:
    """The latencies below which these shares lie, in milliseconds."""
    ordered = sorted(seconds)
    return [1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in shares] if ordered else []


async def closed_loop(port: int, prepared: bytes, connections: int, seconds: float) -> tuple[int, list[float]]:
    """As many requests as `connections` in a row can make: how many were not a 200, and the latency of each."""
    loop = asyncio.get_running_loop()
    until, latencies, wrong = loop.time() + seconds, list[float](), 0

    async def one() -> None:
        nonlocal wrong
        connection = await connect(port)
        while (start := loop.time()) < until:
            status, _ = await connection.ask(prepared)
            wrong += status != 200
            latencies.append(loop.time() - start)

    await asyncio.gather(*(one() for _ in range(connections)))
    return wrong, latencies


def run(main: Callable[[], Any]) -> Any:
    """`asyncio.run` on the fastest loop there is."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main())
    return uvloop.run(main())
