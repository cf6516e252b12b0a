"""ConcurrencyLimiter for training runs: so many at once, the others in the order they came."""

import asyncio

import pytest

from app.execution.concurrency import BusyError, ConcurrencyLimiter

pytestmark = pytest.mark.anyio


class Runs:
    """Runs that sit until they are told to end."""

    def __init__(self, seats: ConcurrencyLimiter) -> None:
        self.seated: list[str] = []
        self._seats = seats
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str) -> None:
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.ensure_future(self._sit(name))
        await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks[name]
        await asyncio.sleep(0)

    def cancel(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()

    async def _sit(self, name: str) -> None:
        async with self._seats.slot():
            self.seated.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.seated.remove(name)


async def test_seats_are_given_in_the_order_of_asking_and_no_more_than_there_are() -> None:
    runs = Runs(ConcurrencyLimiter(2, waiting=2))
    for name in "abcd":
        await runs.come(name)
    assert runs.seated == ["a", "b"]
    with pytest.raises(BusyError, match="2 trainings run and 2 more wait"):
        async with ConcurrencyLimiter(2, waiting=2).slot(), runs._seats.slot():
            pass
    await runs.end("b")
    assert runs.seated == ["a", "c"]
    await runs.end("a")
    await runs.end("c")
    assert runs.seated == ["d"]
    await runs.end("d")
    await runs.come("e")
    assert runs.seated == ["e"]
    await runs.end("e")


async def test_who_leaves_the_queue_is_passed_over_even_in_the_moment_of_their_turn() -> None:
    runs = Runs(ConcurrencyLimiter(1, waiting=3))
    for name in "abcd":
        await runs.come(name)
    runs.cancel("b")  # still waiting
    await asyncio.sleep(0)
    runs._ends["a"].set()
    await asyncio.sleep(0)  # a gives its seat to c ...
    runs.cancel("c")  # ... who leaves before sitting down
    for _ in range(3):
        await asyncio.sleep(0)
    assert runs.seated == ["d"]
    await runs.end("d")
    await runs.come("e")
    assert runs.seated == ["e"]
    await runs.end("e")


async def test_work_that_had_a_seat_before_is_never_refused_and_is_the_next() -> None:
    seats = ConcurrencyLimiter(1, waiting=1)
    order: list[str] = []

    async def sit(name: str, *, again: bool) -> None:
        async with seats.slot(again=again):
            order.append(name)

    async with seats.slot():
        assert (seats.running, seats.waiting) == (1, 0)
        first = asyncio.ensure_future(sit("first", again=False))
        await asyncio.sleep(0)
        assert (seats.running, seats.waiting) == (1, 1)
        with pytest.raises(BusyError):
            seats.check()
        returning = asyncio.ensure_future(sit("returning", again=True))
        await asyncio.sleep(0)
    await asyncio.gather(first, returning)
    assert order == ["returning", "first"]
    assert (seats.running, seats.waiting) == (0, 0)
    seats.check()
