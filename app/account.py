"""The request that is being answered: what its log line and the metrics tell of it, filled in by whoever knows."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Account:
    """What is known of one request besides what it asked for.

    Attributes
    ----------
    id
        Its name in log lines and in the reply.
    cost
        Estimated multiply-adds of its work; 0 where it has none.
    share
        How much of that work was done: below 1 where a training ended early.
    problem
        The kind of problem that the reply is; empty for any other reply.
    """

    id: str
    cost: int = 0
    share: float = 1.0
    problem: str = ""


# A context variable, because a log line may be written far from any request, by code that knows nothing of one. The
# tasks that a request starts inherit it.
_current: Final[ContextVar[Account | None]] = ContextVar("account", default=None)

begin_account: Final = _current.set
current_account: Final = _current.get


def charge(cost: int, share: float = 1.0) -> None:
    """Say what the work of the request under way is estimated to cost, and how much of it is done."""
    account = _current.get()
    if account is not None:
        account.cost, account.share = cost, share
