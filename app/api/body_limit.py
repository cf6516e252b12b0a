"""The limit on a body's length, enforced while it arrives."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import BodyTooLargeError


class BodyLimit:
    """ASGI middleware: reading more than `most` bytes of a body raises `BodyTooLargeError` in whoever reads it.

    A declared length is believed only where it is too long: then the first read raises, before anything arrives.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_long = len(declared) > 18 or int(declared) > self._most
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            if too_long:
                raise BodyTooLargeError(self._most)
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._most:
                    raise BodyTooLargeError(self._most)
            return message

        await self._app(scope, limited, send)
