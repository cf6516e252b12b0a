"""How often one client may ask."""

from math import ceil
from time import time
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.problems import problem
from ..execution.client_address import client_key
from ..http.path import is_of_api

MOST_CLIENTS: Final = 10_000
"""Clients counted at once. Beyond, all begin anew: so many share no machine that one limit could protect."""


class RateLimitMiddleware:
    """ASGI middleware that refuses calls of the API beyond a rate, such as "120/minute", by client address.

    Each process counts for itself, in windows that begin with a client's first request. The headers are those of the
    IETF's draft "RateLimit header fields for HTTP".
    """

    def __init__(self, app: ASGIApp, rate: str) -> None:
        # Here, because it takes a tenth of a second to load, and most services set no limit.
        from limits import parse
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter

        self._app = app
        self._rate = rate
        self._limit = parse(rate)
        self._counts = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._counts)
        self._policy = f'"client";q={self._limit.amount};w={self._limit.get_expiry()}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not is_of_api(scope):
            await self._app(scope, receive, send)
            return
        address = client_key(scope.get("client"))
        if len(self._counts.storage) >= MOST_CLIENTS:
            self._counts.reset()
        allowed = self._limiter.hit(self._limit, address)
        reset, remaining = self._limiter.get_window_stats(self._limit, address)
        seconds = max(1, ceil(reset - time()))
        headers = {"RateLimit-Policy": self._policy, "RateLimit": f'"client";r={remaining};t={seconds}'}
        if not allowed:
            detail = f"More than {self._rate} from one address; try again in {seconds} s"
            headers["Retry-After"] = str(seconds)
            await problem(Request(scope), "rate-limited", 429, detail, headers=headers)(scope, receive, send)
            return
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *raw]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
