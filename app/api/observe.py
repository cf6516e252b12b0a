"""Around every request: its id, the headers that all replies carry, and its context for log and metrics."""

import asyncio
import re
import secrets
from collections.abc import MutableMapping
from itertools import count
from time import perf_counter, time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..assets import MOUNT
from ..engine.numerics import numerics
from ..execution.client_address import client_key
from ..execution.response_memory import MemoryBudget
from ..http.security_headers import security_headers
from ..settings import Settings
from ..telemetry.request_context import CLIENT_GONE, RequestContext, set_request_context
from .journal import Journal
from .metrics import STREAMS, keep_sampling

REQUEST_ID: Final = "X-Request-ID"
NUMERICS: Final = "X-Numerics"
"""The header that names what computed the numbers of a response; see `numerics`."""

_CONTEXT: Final = "fivebyfive.request_context"
_FILES: Final = f"/{MOUNT}/"
_FOR_FILES: Final = (b"x-content-type-options", b"cross-origin-resource-policy")
_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._:;=+/@-]{1,128}")
_PROCESS: Final = secrets.token_hex(6)
_numbers: Final = count(1)


class Observe:
    """ASGI middleware that sees every request from its beginning to its end, however it ends.

    One layer, and not one each for its tasks: each would cost some microseconds a request.
    """

    def __init__(self, app: ASGIApp, settings: Settings, journal: Journal, held: MemoryBudget) -> None:
        self._app = app
        self._settings = settings
        self._journal = journal
        self._held = held
        headers = security_headers(settings.frame_ancestors) | {NUMERICS: numerics()}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        # Seventy files make up a page, and what is said of documents would weigh half as much as they do.
        self._headers_of_files = [header for header in self._headers if header[0] in _FOR_FILES]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":  # the life of the service
            if self._settings.metrics:
                keep_sampling(self._settings)
            await self._app(scope, receive, send)
            self._journal.write()
            return
        began = perf_counter()
        context = context_of(scope)
        if self._settings.share_by_address:
            context.client_key = client_key(scope.get("client"))
        set_request_context(context)
        headers = [*self._headers, (b"x-request-id", context.id.encode())]
        of_file = self._headers_of_files if scope["path"].startswith(_FILES) else headers

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                # There is a file at such an address, or a problem, which is a document as any other.
                fitting = of_file if context.status < 400 else headers
                message = {**message, "headers": [*message["headers"], *fitting]}
            else:
                context.sent += len(message.get("body", b""))
                if not message.get("more_body", False):
                    context.outcome = "finished" if context.streamed else ""
                elif not context.streamed:
                    context.streamed = True
                    STREAMS.inc()
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception:
            # The reply to this is made outside all middleware, unless one had begun.
            if context.status == CLIENT_GONE:
                context.status = 500
            context.outcome = "failed"
            raise
        finally:
            context.ended, context.seconds = time(), perf_counter() - began
            route = scope.get("route")
            if route is not None:
                context.route = route.path
            if context.streamed:
                STREAMS.dec()
            if context.reserved:
                # The connection counts what it has not sent; it does when it writes, in the loop's next iteration.
                asyncio.get_running_loop().call_soon(self._held.release, context.client_key, context.reserved)
            self._journal.add(context)


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """Return the context of a request, which is in its scope from the first call on."""
    context: RequestContext | None = scope.get(_CONTEXT)
    if context is None:
        client = scope.get("client")
        context = RequestContext(
            _request_id(scope["headers"]), scope["method"], scope["path"], client[0] if client else ""
        )
        scope[_CONTEXT] = context
    return context


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The id that the proxy gave, if it can be put in a header and in a log without harm; else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return value.decode()
    return f"{_PROCESS}-{next(_numbers):x}"
