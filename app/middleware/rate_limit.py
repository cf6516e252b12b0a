"""Bounds the rate of calls to the API by client address; expensive calls count more."""

from collections import OrderedDict
from math import ceil
from time import monotonic
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..execution.client_address import client_key
from ..http.path import is_of_api
from ..http.problems import problem
from ..telemetry.request_context import current_request_context

MAX_CLIENTS: Final = 10_000
"""Clients counted at once. Beyond, the least recently seen are dropped, and begin with a full limit if they return."""

COUNTED_COST: Final = 100_000_000
"""Multiply-adds that count as much as one request more: about 20 ms of a core."""

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}


class FixedWindows:
    """Counts what each client has used in its current window, which begins with its first request.

    Parameters
    ----------
    rate
        What a client may use in each window, such as "120/minute".
    """

    def __init__(self, rate: str) -> None:
        amount, _, unit = rate.partition("/")
        self.amount, self.seconds = int(amount), _SECONDS[unit]
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()  # end and use, least recently seen first

    def add(self, client: str, count: int) -> None:
        """Count `count` more for `client`."""
        end, used = self._window(client)
        self._windows[client] = end, used + count
        self._windows.move_to_end(client)
        if len(self._windows) > MAX_CLIENTS:
            self._windows.popitem(last=False)

    def left(self, client: str) -> tuple[int, int]:
        """Return what `client` has left in its window, and the seconds until that ends."""
        end, used = self._window(client)
        return max(0, self.amount - used), max(1, ceil(end - monotonic()))

    def _window(self, client: str) -> tuple[float, int]:
        now = monotonic()
        end, used = self._windows.get(client, (now, 0))
        return (end, used) if end > now else (now + self.seconds, 0)


class RateLimitMiddleware:
    """ASGI middleware that refuses calls of the API beyond a rate, such as "120/minute", by client address.

    A call counts once, and once more for every `COUNTED_COST` of its estimated work: from when the work is admitted, or
    of a training as it is done. Work that has begun is never stopped; the client's next call is refused instead. Each
    process counts for itself. The headers are those of the IETF's draft "RateLimit header fields for HTTP".
    """

    def __init__(self, app: ASGIApp, rate: str) -> None:
        self._app = app
        self._rate = rate
        self._windows = FixedWindows(rate)
        self._policy = f'"client";q={self._windows.amount};w={self._windows.seconds}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] == "OPTIONS" or not is_of_api(scope):
            await self._app(scope, receive, send)
            return
        client = client_key(scope.get("client"))
        left, seconds = self._windows.left(client)
        self._windows.add(client, 1 if left else 0)
        if not left:
            detail = f"More than {self._rate} from one address (expensive calls count more); try again in {seconds} s"
            headers = self._headers(client) | {"Retry-After": str(seconds)}
            await problem(Request(scope), "rate-limited", 429, detail, headers=headers)(scope, receive, send)
            return
        self._count_cost(client)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                raw = [(name.lower().encode(), value.encode()) for name, value in self._headers(client).items()]
                message = {**message, "headers": [*message["headers"], *raw]}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers(self, client: str) -> dict[str, str]:
        left, seconds = self._windows.left(client)
        return {"RateLimit-Policy": self._policy, "RateLimit": f'"client";r={left};t={seconds}'}

    def _count_cost(self, client: str) -> None:
        """Count the work of the request under way whenever more of it is recorded."""
        context = current_request_context()
        counted = 0

        def count(done: int) -> None:
            nonlocal counted
            more = done // COUNTED_COST - counted
            if more > 0:
                counted += more
                self._windows.add(client, more)

        if context is not None:
            context.on_cost = count
