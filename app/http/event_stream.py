"""Responses of server-sent events, with heartbeats while there is nothing to send."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from ..execution.time_slices import cancel_on_disconnect
from ..services.train import Event
from .negotiation import EVENT_STREAM

_START: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", EVENT_STREAM.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # some proxies would collect the events to send them together
    ],
}
_HEARTBEAT: Final = b": still here\n\n"


class EventStream:
    """An ASGI response that sends events until they end or the client disconnects.

    Status and headers are sent with the first event. So an error before that becomes a problem as for any response; a
    later one becomes the event `failed`.

    Parameters
    ----------
    events
        Lists of the events that are ready at once.
    problem_of
        Returns the JSON of the problem that describes an error.
    heartbeat_seconds
        The longest time in which nothing is sent.
    write_timeout
        Seconds after which a client that reads nothing is disconnected.
    """

    def __init__(
        self,
        events: AsyncGenerator[list[Event], None],
        problem_of: Callable[[Exception], bytes],
        *,
        heartbeat_seconds: float,
        write_timeout: float,
    ) -> None:
        self._events = events
        self._problem_of = problem_of
        self._heartbeat_seconds = heartbeat_seconds
        self._write_timeout = write_timeout
        self._writing = asyncio.Lock()
        self._started = False
        self._last_written = asyncio.get_running_loop().time()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await cancel_on_disconnect(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        heartbeats = asyncio.ensure_future(self._send_heartbeats(send))
        try:
            # After a write timeout the connection is closed as if the client had disconnected.
            with suppress(TimeoutError):
                async with aclosing(self._events):
                    await self._send_events(send)
                await self._write(send, b"", more=False)
        finally:
            heartbeats.cancel()

    async def _send_events(self, send: Send) -> None:
        epoch = 0
        try:
            async for events in self._events:
                if events:
                    epoch = events[-1].epoch
                    chunk = b"".join(map(encode_event, events))
                    events.clear()  # so that a slow client does not keep them in memory twice
                    await self._write(send, chunk)
        except TimeoutError:
            raise
        except Exception as error:
            if not self._started:
                raise
            await self._write(send, encode_event(Event("failed", epoch, self._problem_of(error))))

    async def _send_heartbeats(self, send: Send) -> None:
        now = asyncio.get_running_loop().time
        with suppress(TimeoutError):
            while True:
                silence = now() - self._last_written
                if silence >= self._heartbeat_seconds:
                    await self._write(send, _HEARTBEAT)
                else:
                    await asyncio.sleep(self._heartbeat_seconds - silence)

    async def _write(self, send: Send, chunk: bytes, *, more: bool = True) -> None:
        async with self._writing, asyncio.timeout(self._write_timeout):
            if not self._started:
                self._started = True
                await send(_START)
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
        self._last_written = asyncio.get_running_loop().time()


def encode_event(event: Event) -> bytes:
    """Return an event as it is sent."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.epoch, event.kind.encode(), event.data)
