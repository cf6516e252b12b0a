"""Around every request: its id, the headers that all replies carry, one log line, and the metrics."""

import logging
import re
import secrets
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.account import Account, begin_account
from app.api import metrics
from app.api.security import security_headers
from app.logs import FIELDS
from app.settings import Settings

REQUEST_ID: Final = "X-Request-ID"
CLIENT_GONE: Final = 499
"""The status that logs and metrics give to a request whose client left before its reply began; as nginx has it."""
MAX_LENGTH: Final = 80
"""Longer paths and addresses, which a client may have made up, are cut off."""

_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._:;=+/@-]{1,128}")
_QUIET: Final = ("/static/", "/healthz", "/readyz", "/metrics")
"""What is asked for all the time, and logged at level debug where all is well."""

log = logging.getLogger("fivebyfive.request")


class Observe:
    """ASGI middleware that sees every request from its beginning to its end, however it ends.

    One layer, and not one each for its tasks: each would cost a few microseconds a request.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        headers = security_headers(settings.frame_ancestors)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if self._settings.metrics:
                metrics.keep_sampling(self._settings)
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        method = scope["method"]
        account = Account(_request_id(scope["headers"]))
        begin_account(account)
        headers = [*self._headers, (b"x-request-id", account.id.encode())]
        status, sent, streamed, outcome = CLIENT_GONE, 0, False, "client went"

        async def observed(message: Message) -> None:
            nonlocal status, sent, streamed, outcome
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *headers]}
            else:
                sent += len(message.get("body", b""))
                if not message.get("more_body", False):
                    outcome = ""
                elif not streamed:
                    streamed = True
                    metrics.STREAMS.inc()
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception:
            # The reply to this is made outside all middleware, unless one had begun.
            outcome, status = ("failed", status) if status != CLIENT_GONE else ("", 500)
            raise
        finally:
            seconds = perf_counter() - began
            if streamed:
                metrics.STREAMS.dec()
                outcome = outcome or "finished"
            route = scope.get("route")
            template = None if route is None else route.path
            if self._settings.metrics:
                metrics.count(method, template, status, seconds, account)
            quiet = status < 400 and template is not None and template.startswith(_QUIET)
            level = logging.DEBUG if quiet else logging.INFO
            if log.isEnabledFor(level):
                path = template or quote(scope["path"])[:MAX_LENGTH]
                fields = _fields(scope, method, path, status, seconds, sent, account, outcome)
                log.log(level, "%s %s %d", method, path, status, extra={FIELDS: fields})


def _fields(
    scope: Scope, method: str, path: str, status: int, seconds: float, sent: int, account: Account, outcome: str
) -> dict[str, Any]:
    """What the log line of a request tells: never a query, a header or a body."""
    client = scope.get("client")
    fields = {
        "method": method,
        "path": path,
        "status": status,
        "duration_ms": round(seconds * 1_000, 3),
        "bytes": sent,
        "client": client[0][:MAX_LENGTH] if client else None,
    }
    if account.cost:
        fields["cost"] = account.cost
        if account.share < 1:
            fields["share"] = round(account.share, 3)
    if account.problem:
        fields["problem"] = account.problem
    if outcome:
        fields["outcome"] = outcome
    return fields


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The id that the proxy gave, if it can be put in a header and in a log without harm; else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return value.decode()
    return secrets.token_hex(8)
