"""Limits the length of a body and the memory of all bodies, while they arrive."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..execution.response_memory import MemoryBudget
from ..http.problems import BodyTooLargeError
from ..settings import Settings
from ..telemetry.request_context import current_client


class BodyLimitMiddleware:
    """ASGI middleware: reading more than ``max_body_bytes`` of a body raises `BodyTooLargeError`.

    If the declared length is too long, the first read raises, before anything arrives. Reading a long body raises
    `BusyError` if the long bodies of all requests take too much memory. (Starlette's `RequestBodyLimitMiddleware`
    responds with plain text instead of a problem that names the limit, and has no limit for all bodies together.)
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._most = settings.max_body_bytes
        self._short = settings.inline_body_bytes
        self._memory = MemoryBudget(settings.max_buffered_body_bytes, "bodies of requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_long = len(declared) > 18 or int(declared) > self._most
        client = current_client()
        seen = reserved = 0

        async def limited() -> Message:
            nonlocal seen, reserved
            if too_long:
                raise BodyTooLargeError(self._most)
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._most:
                    raise BodyTooLargeError(self._most)
                if seen > self._short:
                    self._memory.check(client, besides=reserved)
                    self._memory.reserve(client, seen - reserved)
                    reserved = seen
            return message

        try:
            await self._app(scope, limited, send)
        finally:
            self._memory.release(client, reserved)
