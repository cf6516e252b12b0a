"""How many runs may go on at once, and how many may wait for that."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache

from ..settings import Settings


class BusyError(Exception):
    """All seats are taken, and no more may wait; `retry_after` is a guess in how many seconds that may be otherwise."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConcurrencyLimiter:
    """ConcurrencyLimiter for work, given in the order of asking.

    Parameters
    ----------
    count
        How many there are.
    waiting
        How many may wait for one.
    work, retry_after
        What a `BusyError` tells: what is being done, and when to ask again.
    """

    def __init__(self, count: int, waiting: int, *, work: str = "trainings", retry_after: int = 5) -> None:
        self._count = self._free = count
        self._most_waiting = waiting
        self._work, self._retry_after = work, retry_after
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def running(self) -> int:
        """How many seats are taken."""
        return self._count - self._free

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    def check(self) -> None:
        """Raise `BusyError` if no seat is free and no more may wait."""
        if not self._free and len(self._waiting) >= self._most_waiting:
            message = f"{self._count} {self._work} run and {self._most_waiting} more wait; try again soon"
            raise BusyError(message, self._retry_after)

    @asynccontextmanager
    async def slot(self, *, again: bool = False) -> AsyncIterator[None]:
        """One seat for as long as the block lasts.

        Parameters
        ----------
        again
            Whether it is for work that has had a seat before: that is not refused any more, and is the next.

        Raises
        ------
        BusyError
            At once, if none is free and too many wait.
        """
        if not again:
            self.check()
        if self._free:
            self._free -= 1
        else:
            await self._wait(first=again)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, *, first: bool) -> None:
        turn = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if first else self._waiting.append)(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # it may have been passed over already
                    self._waiting.remove(turn)
            else:  # the seat was given in the same moment
                self._release()
            raise

    def _release(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


@lru_cache(maxsize=8)
def training_limiter(settings: Settings) -> ConcurrencyLimiter:
    """The process's seats for training."""
    return ConcurrencyLimiter(settings.training_slots, settings.training_queue)


@lru_cache(maxsize=8)
def compute_limiter(settings: Settings) -> ConcurrencyLimiter:
    """The process's seats for all other work that is costly."""
    return ConcurrencyLimiter(settings.compute_threads, settings.compute_queue, work="computations", retry_after=1)
