"""Creates the context of each request, and adds the headers that all responses carry."""

import asyncio
import re
import secrets
from collections.abc import MutableMapping
from itertools import count
from time import perf_counter, time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..execution.client_address import client_key
from ..execution.response_memory import MemoryBudget
from ..http.path import STATIC_PREFIX
from ..http.security_headers import security_headers
from ..services.version import version
from ..settings import Settings
from ..telemetry.request_context import CLIENT_GONE, RequestContext, set_request_context
from .access_log import AccessLog
from .metrics import STREAMS, keep_sampling

REQUEST_ID: Final = "X-Request-ID"
NUMERICS: Final = "X-Numerics"
"""Header that names what computed the numbers of a response; see `Version.numerics`."""

_CONTEXT: Final = "fivebyfive.request_context"
_FILES: Final = f"{STATIC_PREFIX}/"
_HEADERS_OF_FILES: Final = (b"x-content-type-options", b"cross-origin-resource-policy")
_IS_VALID_ID: Final = re.compile(rb"[A-Za-z0-9._:;=+/@-]{1,128}")
_PROCESS: Final = secrets.token_hex(6)
_numbers: Final = count(1)


class RequestContextMiddleware:
    """ASGI middleware that creates each request's context, and logs the request when it has ended, however it ends.

    It also adds the headers that all responses carry, and counts open streams: a layer for each of these tasks would
    cost some microseconds a request.
    """

    def __init__(self, app: ASGIApp, settings: Settings, access_log: AccessLog, memory: MemoryBudget) -> None:
        self._app = app
        self._settings = settings
        self._access_log = access_log
        self._memory = memory
        headers = security_headers(settings.frame_ancestors) | {NUMERICS: version().numerics}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        # A page loads seventy files; all headers would be half as long as an average file.
        self._headers_of_files = [header for header in self._headers if header[0] in _HEADERS_OF_FILES]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":  # lifespan
            if self._settings.metrics:
                keep_sampling(self._settings)
            await self._app(scope, receive, send)
            self._access_log.write()
            return
        started = perf_counter()
        context = context_of(scope)
        if self._settings.share_by_address:
            context.client_key = client_key(scope.get("client"))
        set_request_context(context)
        headers = [*self._headers, (b"x-request-id", context.id.encode())]
        of_files = self._headers_of_files if scope["path"].startswith(_FILES) else headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                more = of_files if context.status < 400 else headers  # a problem is no file
                message = {**message, "headers": [*message["headers"], *more]}
            else:
                context.sent += len(message.get("body", b""))
                if not message.get("more_body", False):
                    context.outcome = "finished" if context.streamed else ""
                elif not context.streamed:
                    context.streamed = True
                    STREAMS.inc()
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # The response to this is made outside all middleware, unless one has started.
            if context.status == CLIENT_GONE:
                context.status = 500
            context.outcome = "failed"
            raise
        finally:
            context.ended, context.seconds = time(), perf_counter() - started
            route = scope.get("route")
            if route is not None:
                context.route = route.path
            if context.streamed:
                STREAMS.dec()
            if context.reserved:
                # From the loop's next iteration on, in which it writes, the connection counts what it has not sent.
                asyncio.get_running_loop().call_soon(self._memory.release, context.client_key, context.reserved)
            self._access_log.add(context)


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """Return the context of a request; the first call puts it into the scope."""
    context: RequestContext | None = scope.get(_CONTEXT)
    if context is None:
        client = scope.get("client")
        context = RequestContext(
            _request_id(scope["headers"]), scope["method"], scope["path"], client[0] if client else ""
        )
        scope[_CONTEXT] = context
    return context


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the X-Request-ID of the request if it is safe to send and to log, else a new id."""
    for name, value in headers:
        if name == b"x-request-id" and _IS_VALID_ID.fullmatch(value):
            return value.decode()
    return f"{_PROCESS}-{next(_numbers):x}"
