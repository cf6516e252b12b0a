"""The request that is being answered: what its log line and the metrics tell of it, filled in by whoever knows."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

CLIENT_GONE: Final = 499
"""The status of a request whose client left before its reply began; as nginx has it."""


@dataclass(slots=True)
class Account:
    """What is known of one request; never its query, its headers or its body.

    Attributes
    ----------
    id
        Its name in log lines and in the reply.
    method, path, client
        What it asked for, and from which address.
    client_key
        The key of that address, by which clients share slots and memory; empty if clients do not share by address.
    route
        The template of the path, such as ``/api/v1/datasets/{id}``; None where there is no such route.
    cost
        Estimated multiply-adds of its work; 0 where it has none.
    share
        How much of that work was done: below 1 where a training ended early.
    on_charge
        Called with the multiply-adds that are done or admitted whenever they are charged; None if nothing counts them.
    problem
        The kind of problem that the reply is; empty for any other reply.
    status
        The reply's status.
    sent
        Bytes of the reply's body.
    held
        Bytes that a long reply takes between when it is made and when it is sent.
    streamed
        Whether the reply came in pieces.
    outcome
        How it ended, where that is not plain from the status.
    ended
        When, in seconds since 1970.
    seconds
        How long it took.
    """

    id: str
    method: str
    path: str
    client: str
    client_key: str = ""
    route: str | None = None
    cost: int = 0
    share: float = 1.0
    on_charge: Callable[[int], None] | None = None
    problem: str = ""
    status: int = CLIENT_GONE
    sent: int = 0
    held: int = 0
    streamed: bool = False
    outcome: str = "client went"
    ended: float = 0.0
    seconds: float = 0.0


# A context variable, because a log line may be written far from any request, by code that knows nothing of one. The
# tasks that a request starts inherit it.
_current: Final[ContextVar[Account | None]] = ContextVar("account", default=None)

begin_account: Final = _current.set
current_account: Final = _current.get


def current_client() -> str:
    """Return the `client_key` of the request under way."""
    account = _current.get()
    return account.client_key if account is not None else ""


def charge(cost: int, share: float = 1.0) -> None:
    """Say what the work of the request under way is estimated to cost, and how much of it is done."""
    account = _current.get()
    if account is not None:
        account.cost, account.share = cost, share
        if account.on_charge is not None:
            account.on_charge(int(cost * share))
