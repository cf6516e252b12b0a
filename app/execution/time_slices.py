"""Run long work in slices on threads: fair to other work, and cancelled when its client disconnects."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

from starlette.types import Receive

from ..settings import Settings
from ..telemetry.request_context import current_client
from .concurrency import compute_limiter, training_limiter, training_slice_limiter
from .threads import thread_pool

Result = TypeVar("Result")

SLICE_SECONDS: Final = 0.012
"""A slice ends at the first chance after this."""

WAIT_SECONDS: Final = 0.1
"""The longest that a slice waits for the event loop, so that it runs however busy the loop is."""


SlotContext = Callable[[], AbstractAsyncContextManager[object]]


async def run_in_slices(
    executor: Executor, work: Iterator[Result | None], slot: SlotContext = nullcontext
) -> AsyncGenerator[list[Result], None]:
    """Yield the results of `work` slice by slice; a None from `work` marks a place where a slice may end.

    Each slice waits for a slot and for the executor, behind the slices of all other work, so that all work advances
    equally. It begins when the event loop has done what is ready, so that small requests go first (benchmarks/load.py).
    Between slices the work holds no thread; closing the generator cancels it.

    Parameters
    ----------
    executor
        Runs the slices.
    work
        Yields results, and None where it may be interrupted.
    slot
        Entered around each slice.
    """
    loop = asyncio.get_running_loop()
    over: bool | Exception = False
    while not over:
        results: list[Result] = []
        async with slot():
            over = await loop.run_in_executor(executor, partial(_slice, work, results, loop))
        yield results
        if isinstance(over, Exception):
            try:
                raise over
            finally:
                del over  # its traceback refers to this frame: the cycle would keep all arrays of the work


async def run_in_slot(
    settings: Settings,
    work: Iterator[Result | None],
    *,
    long: bool,
    again: bool = False,
    check: Callable[[], object] = lambda: None,
) -> AsyncGenerator[list[Result], None]:
    """Run `work` of the request under way in slices, once there is a slot for it.

    A client that holds more slots than another that waits gives way to it after a slice. Clients with long work take
    turns on the threads slice by slice: many trainings of one client get no more of them than one training of another.

    Parameters
    ----------
    long
        True for trainings and what takes as long: it has slots and threads apart from the other work.
    again
        True for work that has held a slot before.
    check
        Called once there is a slot; what it raises ends the work before it begins.

    Raises
    ------
    BusyError
        If there is no slot, and no place in the queue.
    """
    client = current_client()
    slice_slot: SlotContext = nullcontext
    if long:
        limiter, threads = training_limiter(settings), thread_pool(settings.training_threads, "training")
        slice_slot = partial(training_slice_limiter(settings).slot, client)
    else:
        limiter, threads = compute_limiter(settings), thread_pool(settings.compute_threads)
    async with limiter.slot(client, again=again) as slot, aclosing(run_in_slices(threads, work, slice_slot)) as slices:
        check()
        async for results in slices:
            yield results
            await slot.give_way()


def _slice(work: Iterator[Result | None], results: list[Result], loop: asyncio.AbstractEventLoop) -> bool | Exception:
    """Run one slice and append what it yields to `results`; return True if the work is done, or the error it raised."""
    _yield_to_event_loop(loop)
    end = perf_counter() + SLICE_SECONDS
    try:
        for result in work:
            if result is not None:
                results.append(result)
            if perf_counter() >= end:
                return False
    except Exception as error:  # noqa: BLE001 - raised again once the results before it have been taken
        # Without this frame: it leads to the future that holds the error, and so to a cycle.
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
    return True


def _yield_to_event_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Wait at most `WAIT_SECONDS` for the event loop to run the callbacks that are ready."""
    ready = threading.Event()
    loop.call_soon_threadsafe(ready.set)
    ready.wait(WAIT_SECONDS)


async def cancel_on_disconnect(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Run `work`; cancel it and return None if the client disconnects or the server shuts down first."""
    doing = asyncio.ensure_future(work)
    going = asyncio.ensure_future(_gone(receive))
    # A server that shuts down cancels the tasks that are left; only its log could hear of that.
    with suppress(asyncio.CancelledError):
        await asyncio.wait((doing, going), return_when=asyncio.FIRST_COMPLETED)
    doing.cancel()
    going.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait((doing, going))
    return doing.result() if doing.done() and not doing.cancelled() else None


async def _gone(receive: Receive) -> None:
    """Wait until the client disconnects; its request has arrived in full."""
    while (await receive())["type"] != "http.disconnect":
        pass
