"""The context of the request under way: what the log, the metrics and the limits know of it."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

CLIENT_GONE: Final = 499
"""Status of a request whose client disconnected before the response began, as nginx has it."""


@dataclass(slots=True)
class RequestContext:
    """Data about one request; never its query, headers or body.

    Attributes
    ----------
    id
        Names the request in log lines and in the response.
    method, path, client
        Method, path without the query, and client address.
    client_key
        Key of that address, by which clients share slots and memory; empty if clients do not share by address.
    route
        Template of the path, such as ``/api/v1/datasets/{id}``; None if no route matches.
    cost
        Estimated multiply-adds of its work; 0 if it has none.
    share
        Share of that work that was done: below 1 if a training ended early.
    on_cost
        Called with the multiply-adds done or admitted so far, whenever `record_cost` is called; None if unused.
    problem
        Type of the problem that the response is; empty for any other response.
    status
        Status of the response.
    sent
        Bytes of the response's body.
    reserved
        Bytes reserved for a long response, from when it is made until it is sent.
    streamed
        True if the response is sent in several parts.
    outcome
        How the request ended, if the status does not say it.
    ended
        Time of its end, in seconds since 1970.
    seconds
        Duration.
    """

    id: str
    method: str
    path: str
    client: str
    client_key: str = ""
    route: str | None = None
    cost: int = 0
    share: float = 1.0
    on_cost: Callable[[int], None] | None = None
    problem: str = ""
    status: int = CLIENT_GONE
    sent: int = 0
    reserved: int = 0
    streamed: bool = False
    outcome: str = "client went"
    ended: float = 0.0
    seconds: float = 0.0


# A context variable, because code far from the request (a log formatter) reads it. Tasks of a request inherit it.
_current: Final[ContextVar[RequestContext | None]] = ContextVar("request_context", default=None)

set_request_context: Final = _current.set
current_request_context: Final = _current.get


def current_client() -> str:
    """Return the `client_key` of the request under way."""
    context = _current.get()
    return context.client_key if context is not None else ""


def record_cost(cost: int, share: float = 1.0) -> None:
    """Record the estimated multiply-adds of the request under way, and the share of them that is done."""
    context = _current.get()
    if context is not None:
        context.cost, context.share = cost, share
        if context.on_cost is not None:
            context.on_cost(int(cost * share))
