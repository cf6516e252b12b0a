"""Memory budgets: bound the bytes of long request bodies and long responses, and share them between clients.

A long response counts from when it is made (that of a training, from before it begins) until its request ends
(`RequestContextMiddleware`). By then it has been handed to the connection, where it counts until its client has read it
or is disconnected (`LimitedHttpProtocol`). A long body counts while it arrives and until its request ends
(`BodyLimitMiddleware`).
"""

from collections import Counter
from typing import Final

from ..telemetry.request_context import current_request_context
from .concurrency import BusyError

LONG_RESPONSE: Final = 65_536
"""Bytes up to which a response does not count: a connection's own buffer holds as much anyway."""


class MemoryBudget:
    """Bounds the bytes that all clients hold together, and leaves room for clients that hold little.

    A client may reserve more while it holds less than what is free. So one client alone can hold half of the budget,
    two a third each, and another one always finds room. All the budget is for the client "", whose address is not
    known or does not count. (These are the dynamic thresholds of Choudhury and Hahne for the memory of switches.)

    Parameters
    ----------
    limit
        Bytes of all clients together.
    what
        What holds the memory, for the message of `BusyError`.
    """

    def __init__(self, limit: int, what: str) -> None:
        self._limit = self._free = limit
        self._what = what
        self._held: Counter[str] = Counter()

    def check(self, client: str, besides: int = 0) -> None:
        """Raise `BusyError` unless `client` may reserve more; one that holds nothing may, unless nothing is free.

        Parameters
        ----------
        client
            Key of the client's address.
        besides
            Bytes the client holds that do not count here: those of the request under way, which may always be longer.
        """
        held = self._held[client] - besides if client else 0
        if held >= self._free:
            taken = self._limit - self._free
            raise BusyError(f"{self._what} hold {taken} of {self._limit} bytes, {held} of them yours", 1)

    def reserve(self, client: str, size: int) -> None:
        """Count `size` bytes more of `client`."""
        self._free -= size
        self._held[client] += size

    def release(self, client: str, size: int) -> None:
        """Count `size` bytes fewer of `client`."""
        self._free += size
        self._held[client] -= size
        if not self._held[client]:
            del self._held[client]


def reserve_response(memory: MemoryBudget, size: int, *, checked: bool = False) -> None:
    """Reserve memory for a response of the request under way, until that ends, unless it has been reserved already.

    Parameters
    ----------
    memory
        The budget of responses.
    size
        The response's length in bytes; a short one does not count.
    checked
        True if `memory` was checked before the work was done.

    Raises
    ------
    BusyError
        If there is no room for it, unless `checked`.
    """
    context = current_request_context()
    if size > LONG_RESPONSE and context is not None and not context.reserved:
        if not checked:
            memory.check(context.client_key)
        context.reserved = size
        memory.reserve(context.client_key, size)
