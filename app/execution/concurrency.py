"""Concurrency limits: bound the work that runs at once and the queue, and choose who is next.

The keys of `app.execution.client_address` distinguish clients; work with the same key shares its client's part.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Final

from ..settings import Settings

UNBOUNDED: Final = 1_000_000_000
"""The queue of a limiter whose callers have been admitted by another one."""


class BusyError(Exception):
    """The server is at capacity. `retry_after` estimates in how many seconds a retry can succeed."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(f"Server is at capacity: {message}. Try again in {retry_after} s")
        self.retry_after = retry_after


class ConcurrencyLimiter:
    """Bounds the work that runs at once, and shares the slots and the queue between clients.

    A free slot goes to the waiting client that holds the fewest slots; among equals to the one that has waited longest
    since its last slot. Work of one client keeps its order. The queue is full for a client when `queue` pieces of work
    wait and as many of them are its own as its share allows: `queue` divided by the number of waiting clients. So one
    client may fill the queue, and the others can still use their shares.

    Parameters
    ----------
    slots
        Slots: pieces of work that run at once.
    queue
        Pieces of work that may wait for a slot; a few more if several clients compete.
    work, retry_after
        For the message of `BusyError`: what runs, and the seconds after which to try again.
    """

    def __init__(self, slots: int, queue: int, *, work: str = "trainings", retry_after: int = 5) -> None:
        self._slots = self._free = slots
        self._queue = queue
        self._work, self._retry_after = work, retry_after
        self._held: Counter[str] = Counter()  # slots by client
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # clients in the order of their last slot

    @property
    def running(self) -> int:
        """Return the number of slots that are taken."""
        return self._slots - self._free

    @property
    def waiting(self) -> int:
        """Return the number of pieces of work that wait for a slot."""
        return sum(map(len, self._waiting.values()))

    def check(self, client: str) -> None:
        """Raise `BusyError` if no slot is free and the queue is full for `client`."""
        waiting = self.waiting
        if self._free or waiting < self._queue:
            return
        share = self._queue // len(self._waiting.keys() | {client})
        if len(self._waiting.get(client, ())) >= share:
            raise BusyError(f"{self._slots} {self._work} run and {waiting} wait", self._retry_after)

    @asynccontextmanager
    async def slot(self, client: str, *, again: bool = False) -> "AsyncIterator[Slot]":
        """Hold a slot for as long as the block lasts.

        Parameters
        ----------
        client
            Whose work it is.
        again
            True for work that has held a slot before: it is not refused, and is the next of its client.

        Raises
        ------
        BusyError
            At once, if the queue is full.
        """
        if not again:
            self.check(client)
        slot = Slot(self, client)
        await slot.acquire(first=again)
        try:
            yield slot
        finally:
            slot.release()

    def next_client(self) -> str | None:
        """Return the client that the next free slot goes to; None if no client waits."""
        return min(self._waiting, key=self.held_by, default=None)

    def held_by(self, client: str) -> int:
        """Return the number of slots that `client` holds."""
        return self._held[client]

    async def _acquire(self, client: str, *, first: bool) -> None:
        if self._free:
            self._free -= 1
            self._held[client] += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        own = self._waiting.setdefault(client, deque())
        (own.appendleft if first else own.append)(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self._leave_queue(client, waiter)
            else:  # the slot was given in the same moment
                self._release(client)
            raise

    def _leave_queue(self, client: str, waiter: asyncio.Future[None]) -> None:
        own = self._waiting.get(client, deque())
        with suppress(ValueError):  # it may have been passed over already
            own.remove(waiter)
        if not own:
            self._waiting.pop(client, None)

    def _release(self, client: str) -> None:
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        while (following := self.next_client()) is not None:
            own = self._waiting.pop(following)
            waiter = own.popleft()
            if own:
                self._waiting[following] = own  # now the last of the clients that hold as many slots
            if not waiter.done():
                self._held[following] += 1
                waiter.set_result(None)
                return
        self._free += 1


class Slot:
    """A client's right to run one piece of work; `ConcurrencyLimiter.slot` makes it."""

    def __init__(self, limiter: ConcurrencyLimiter, client: str) -> None:
        self._limiter, self._client = limiter, client
        self._held = False

    async def acquire(self, *, first: bool) -> None:
        """Wait for the slot, as the next of the client's work if `first`."""
        await self._limiter._acquire(self._client, first=first)
        self._held = True

    def release(self) -> None:
        """Release the slot if it is held."""
        if self._held:
            self._held = False
            self._limiter._release(self._client)

    async def give_way(self) -> None:
        """Let a waiting client that holds at least two slots fewer have this one, and wait for the next.

        So a client that has taken all slots returns half of them when another asks, and never more than that: work that
        has begun keeps its memory while it waits.
        """
        following = self._limiter.next_client()
        if following is not None and self._limiter.held_by(following) + 2 <= self._limiter.held_by(self._client):
            self.release()
            await self.acquire(first=True)


@lru_cache(maxsize=8)
def training_limiter(settings: Settings) -> ConcurrencyLimiter:
    """Return the process's limiter of trainings, and of other work that takes as long."""
    return ConcurrencyLimiter(settings.max_concurrent_trainings, settings.max_queued_trainings)


@lru_cache(maxsize=8)
def training_slice_limiter(settings: Settings) -> ConcurrencyLimiter:
    """Return the limiter of slices of training: clients that train share the threads in equal parts."""
    return ConcurrencyLimiter(settings.training_threads, UNBOUNDED)


@lru_cache(maxsize=8)
def compute_limiter(settings: Settings) -> ConcurrencyLimiter:
    """Return the process's limiter of all other expensive work."""
    return ConcurrencyLimiter(settings.compute_threads, settings.compute_queue, work="computations", retry_after=1)
