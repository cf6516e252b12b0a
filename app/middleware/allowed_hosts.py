"""Refuses requests that name another host."""

from typing import Final

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http.path import route_path
from ..http.problems import problem

REQUESTED_BY_ADDRESS: Final = frozenset(("/healthz", "/readyz", "/metrics"))
"""Paths that orchestrators and Prometheus request by a container's address instead of its name."""


class AllowedHostsMiddleware:
    """ASGI middleware that refuses requests whose Host header names another host.

    The check is Starlette's `TrustedHostMiddleware`. This class exempts some paths, and responds with a problem instead
    of plain text.
    """

    def __init__(self, app: ASGIApp, hosts: list[str]) -> None:
        self._app = app
        self._check = TrustedHostMiddleware(_let_pass, hosts, www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal: list[Message] = []
        if scope["type"] == "http" and route_path(scope) not in REQUESTED_BY_ADDRESS:

            async def keep(message: Message) -> None:
                refusal.append(message)

            await self._check(scope, receive, keep)
        if not refusal:
            await self._app(scope, receive, send)
            return
        detail = "The Host header names no host that this service answers for"
        await problem(Request(scope), "http-error", 400, detail)(scope, receive, send)


async def _let_pass(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Do nothing; the check calls this for an allowed host."""
