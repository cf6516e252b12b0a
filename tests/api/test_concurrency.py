"""Slots: no more at once than there are, in a fair order, and shared between clients."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from app.execution.concurrency import BusyError, ConcurrencyLimiter, Slot

pytestmark = pytest.mark.anyio


class Runs:
    """Work that holds its slot until the test ends it; a name's first letter is its client."""

    def __init__(self, slots: int, queue: int) -> None:
        self.limiter = ConcurrencyLimiter(slots, queue)
        self.running: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots: dict[str, Slot] = {}

    async def start(self, *names: str) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.ensure_future(self._run(name))
            await asyncio.sleep(0)

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await self._tasks[name]
            await asyncio.sleep(0)

    async def cancel(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        await asyncio.sleep(0)

    async def give_way(self, name: str) -> None:
        """Let the work `name` come to the end of a slice."""
        self._tasks[name + " gives way"] = asyncio.ensure_future(self._slots[name].give_way())
        for _ in range(3):
            await asyncio.sleep(0)

    def holds(self) -> dict[str, int]:
        """Return the number of slots of each client."""
        return {client: self.limiter.held_by(client) for client in "abcd" if self.limiter.held_by(client)}

    def refused(self, *names: str) -> list[str]:
        return [name for name in names if isinstance(self._tasks[name].exception(), BusyError)]

    async def _run(self, name: str) -> None:
        async with self.limiter.slot(name[0]) as slot:
            self._slots[name] = slot
            self.running.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.running.remove(name)


async def test_one_client_gets_slots_in_the_order_of_asking() -> None:
    runs = Runs(2, queue=2)
    await runs.start("a1", "a2", "a3", "a4")
    assert runs.running == ["a1", "a2"]
    await runs.start("a5")
    assert runs.refused("a5") == ["a5"]
    await runs.end("a2")
    assert runs.running == ["a1", "a3"]
    await runs.end("a1", "a3")
    assert runs.running == ["a4"]
    await runs.end("a4")
    assert (runs.limiter.running, runs.limiter.waiting) == (0, 0)
    await runs.start("a6")
    assert runs.running == ["a6"]
    await runs.end("a6")


async def test_a_full_queue_says_what_runs_and_when_to_try_again() -> None:
    runs = Runs(1, queue=1)
    await runs.start("a1", "a2")
    with pytest.raises(BusyError, match=r"1 trainings run and 1 wait\. Try again in 5 s") as caught:
        runs.limiter.check("a")
    assert caught.value.retry_after == 5
    await runs.end("a1", "a2")


async def test_canceled_waiter_is_skipped_even_as_it_gets_the_slot() -> None:
    runs = Runs(1, queue=3)
    await runs.start("a1", "a2", "a3", "a4")
    await runs.cancel("a2")  # still waiting
    runs._ends["a1"].set()
    await asyncio.sleep(0)  # a1 releases its slot to a3 ...
    await runs.cancel("a3")  # ... which is canceled before it runs
    for _ in range(3):
        await asyncio.sleep(0)
    assert runs.running == ["a4"]
    await runs.end("a4")
    assert (runs.limiter.running, runs.limiter.waiting) == (0, 0)


async def test_work_that_held_a_slot_before_is_never_refused_and_is_the_next_of_its_client() -> None:
    limiter = ConcurrencyLimiter(1, 1)
    order: list[str] = []

    async def run(name: str, slot: AbstractAsyncContextManager[Slot]) -> None:
        async with slot:
            order.append(name)

    async with limiter.slot("a"):
        first = asyncio.ensure_future(run("first", limiter.slot("a")))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            limiter.check("a")
        returning = asyncio.ensure_future(run("returning", limiter.slot("a", again=True)))
        await asyncio.sleep(0)
    await asyncio.gather(first, returning)
    assert order == ["returning", "first"]


async def test_a_free_slot_goes_to_the_client_that_holds_the_fewest() -> None:
    runs = Runs(2, queue=10)
    await runs.start("a1", "b1", "a2", "a3", "b2", "c1")
    await runs.end("b1")
    assert runs.running == ["a1", "b2"], "b holds none as c does, and asked before"
    await runs.end("b2")
    assert runs.running == ["a1", "c1"], "a holds one, c none"
    await runs.end("a1")
    assert runs.running == ["c1", "a2"]
    await runs.end("a2", "a3", "c1")


async def test_slots_alternate_between_waiting_clients() -> None:
    runs = Runs(1, queue=10)
    await runs.start("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    order = []
    while runs.running:
        order += runs.running
        await runs.end(runs.running[0])
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_a_client_that_fills_the_queue_leaves_the_other_its_half() -> None:
    runs = Runs(8, queue=64)
    await runs.start(*(f"a{n}" for n in range(73)))
    assert runs.refused("a72") == ["a72"]
    assert (runs.limiter.running, runs.limiter.waiting) == (8, 64)
    await runs.start(*(f"b{n}" for n in range(32)))
    runs.limiter.check("c")
    with pytest.raises(BusyError):
        runs.limiter.check("b")
    with pytest.raises(BusyError):
        runs.limiter.check("a")
    await runs.cancel(*(f"{client}{n}" for client, count in (("a", 72), ("b", 32)) for n in range(count)))
    await asyncio.sleep(0)
    assert (runs.limiter.running, runs.limiter.waiting) == (0, 0)


async def test_the_queue_is_bounded_however_many_clients_ask() -> None:
    runs = Runs(1, queue=4)
    await runs.start(*"aaaaa")  # names need not differ here
    for client in range(100):
        tasks = [asyncio.ensure_future(runs.limiter.slot(str(client)).__aenter__()) for _ in range(4)]
        await asyncio.sleep(0)
        for task in tasks:
            task.done() and task.exception()
    # 4 of the first client, 2 of the second (4 // 2), and 1 each of the third and fourth (4 // 3 and 4 // 4).
    assert runs.limiter.waiting == 4 + 2 + 1 + 1


async def test_a_client_that_holds_all_slots_gives_way_until_another_holds_half() -> None:
    runs = Runs(4, queue=10)
    await runs.start("a1", "a2", "a3", "a4")
    await runs.give_way("a4")
    assert runs.holds() == {"a": 4}, "nobody else asks"
    await runs.start("b1", "b2", "b3")
    assert runs.holds() == {"a": 4}, "work gives way between slices only"
    await runs.give_way("a4")
    assert runs.holds() == {"a": 3, "b": 1}
    await runs.give_way("a3")
    assert runs.holds() == {"a": 2, "b": 2}
    await runs.give_way("a2")
    assert runs.holds() == {"a": 2, "b": 2}, "half is its share"
    await runs.end("b1", "b2")
    assert runs.holds() == {"a": 3, "b": 1}, "b3 is the last of b, and what gave way goes on"


async def test_work_canceled_while_it_gives_way_holds_no_slot() -> None:
    runs = Runs(2, queue=10)
    await runs.start("a1", "a2", "b1")
    await runs.give_way("a2")
    assert runs.holds() == {"a": 1, "b": 1}
    await runs.cancel("a2 gives way", "a2")
    assert runs.holds() == {"a": 1, "b": 1}
    await runs.end("a1", "b1")
    assert (runs.limiter.running, runs.limiter.waiting) == (0, 0)
