"""A reply of server-sent events: each sent as it happens, with a sign of life in every silence."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from ..execution.time_slices import cancel_on_disconnect
from ..http.negotiation import EVENT_STREAM
from ..services.train import Event

_START: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", EVENT_STREAM.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),  # some proxies would keep the events back to send them together
    ],
}
_HEARTBEAT: Final = b": still here\n\n"


class EventStream:
    """An ASGI response that sends events until they end or the client goes away.

    Its status and headers are sent with the first event. So an error before that is a reply like any other; a later
    one becomes the event `failed`.

    Parameters
    ----------
    events
        What to send, in lists of what is ready at once.
    failure
        Makes a problem of an error.
    heartbeat_seconds
        The longest silence.
    stall_seconds
        How long the client may take nothing before it counts as gone.
    """

    def __init__(
        self,
        events: AsyncGenerator[list[Event], None],
        failure: Callable[[Exception], bytes],
        *,
        heartbeat_seconds: float,
        stall_seconds: float,
    ) -> None:
        self._events = events
        self._failure = failure
        self._heartbeat_seconds = heartbeat_seconds
        self._stall_seconds = stall_seconds
        self._writing = asyncio.Lock()
        self._begun = False
        self._last_written = asyncio.get_running_loop().time()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await cancel_on_disconnect(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        beating = asyncio.ensure_future(self._beat(send))
        try:
            # A client that stops reading is as good as gone, and so is the connection.
            with suppress(TimeoutError):
                async with aclosing(self._events):
                    await self._send_events(send)
                await self._write(send, b"", more=False)
        finally:
            beating.cancel()

    async def _send_events(self, send: Send) -> None:
        epoch = 0
        try:
            async for events in self._events:
                if events:
                    epoch = events[-1].epoch
                    chunk = b"".join(map(_as_sent, events))
                    events.clear()  # a slow client need not hold the same twice
                    await self._write(send, chunk)
        except TimeoutError:
            raise
        except Exception as error:
            if not self._begun:
                raise
            await self._write(send, _as_sent(Event("failed", epoch, self._failure(error))))

    async def _beat(self, send: Send) -> None:
        now = asyncio.get_running_loop().time
        with suppress(TimeoutError):
            while True:
                silence = now() - self._last_written
                if silence >= self._heartbeat_seconds:
                    await self._write(send, _HEARTBEAT)
                else:
                    await asyncio.sleep(self._heartbeat_seconds - silence)

    async def _write(self, send: Send, chunk: bytes, *, more: bool = True) -> None:
        async with self._writing, asyncio.timeout(self._stall_seconds):
            if not self._begun:
                self._begun = True
                await send(_START)
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
        self._last_written = asyncio.get_running_loop().time()


def _as_sent(event: Event) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.epoch, event.kind.encode(), event.data)
