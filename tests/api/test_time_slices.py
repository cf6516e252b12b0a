"""Work in slices: fair, complete, and over when nobody waits for it."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.execution.time_slices import cancel_on_disconnect, run_in_slices

pytestmark = pytest.mark.anyio


def counting(until: int, log: list[str], name: str) -> Iterator[int | None]:
    for number in range(until):
        time.sleep(0.004)
        log.append(name)
        yield number
        yield None


async def test_slices_give_everything_in_order() -> None:
    with ThreadPoolExecutor(1) as threads:
        got = [part async for part in run_in_slices(threads, counting(20, [], "a"))]
    assert [number for part in got for number in part] == list(range(20))
    assert len(got) >= 4


async def test_two_works_take_turns_on_one_thread() -> None:
    log: list[str] = []

    async def exhaust(name: str) -> None:
        async for _ in run_in_slices(threads, counting(20, log, name)):
            pass

    with ThreadPoolExecutor(1) as threads:
        await asyncio.gather(exhaust("a"), exhaust("b"))
    half = log[: len(log) // 2]
    assert 5 <= half.count("a") <= 15


async def beside_a_slice(name: str, seconds: float) -> list[str]:
    """What is done in which order, when the event loop is busy for so long with `name` as one slice is to begin."""
    log: list[str] = []

    def other() -> None:
        time.sleep(seconds)  # the slice's thread is free to run meanwhile
        log.append(name)

    async def exhaust() -> None:
        async for _ in run_in_slices(threads, counting(1, log, "slice")):
            pass

    with ThreadPoolExecutor(1) as threads:
        work = asyncio.ensure_future(exhaust())
        asyncio.get_running_loop().call_soon(other)
        await work
    return log


async def test_a_slice_lets_the_event_loop_go_first() -> None:
    assert await beside_a_slice("small request", 0.03) == ["small request", "slice"]


async def test_a_slice_waits_no_longer_than_a_moment_for_a_busy_loop() -> None:
    assert await beside_a_slice("busy", 0.3) == ["slice", "busy"]


async def test_what_came_before_an_error_is_told_before_it() -> None:
    def failing() -> Iterator[int | None]:
        yield 1
        yield 2
        raise LookupError("no third")

    got: list[int] = []

    async def gather() -> None:
        async for part in run_in_slices(threads, failing()):
            got.extend(part)

    with ThreadPoolExecutor(1) as threads, pytest.raises(LookupError):
        await gather()
    assert got == [1, 2]


async def test_work_is_cancelled_when_the_client_goes_away() -> None:
    log: list[str] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def exhaust() -> str:
        async for _ in run_in_slices(threads, counting(500, log, "a")):
            pass
        return "done"

    with ThreadPoolExecutor(1) as threads:
        waiting = asyncio.ensure_future(cancel_on_disconnect(receive, exhaust()))
        await asyncio.sleep(0.05)
        gone.set()
        assert await waiting is None
        done = len(log)
        await asyncio.sleep(0.1)
        assert done > 0
        assert len(log) - done <= 6  # the slice that was on its way
