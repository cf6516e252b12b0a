"""Long work, done slice by slice on threads: fair to other work, and over as soon as nobody waits for it."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, Final, TypeVar

from starlette.types import Receive

Result = TypeVar("Result")

SLICE_SECONDS: Final = 0.012
"""A slice ends at the first chance after this."""

WAIT_SECONDS: Final = 0.1
"""The longest that a slice waits for the event loop, so that it gets its turn whatever else comes."""


async def run_in_slices(executor: Executor, work: Iterator[Result | None]) -> AsyncGenerator[list[Result], None]:
    """What `work` yields, slice by slice; None is only a chance to end the slice.

    Each slice queues for the executor anew, behind the slices of all other work, so that all get on equally; and it
    begins when the event loop has done what is ready, so that small requests go first (benchmarks/load.py). Between two
    slices the work is not on any thread: who stops asking stops it.
    """
    loop = asyncio.get_running_loop()
    over: bool | Exception = False
    while not over:
        results: list[Result] = []
        over = await loop.run_in_executor(executor, partial(_slice, work, results, loop))
        yield results
        if isinstance(over, Exception):
            raise over


def _slice(work: Iterator[Result | None], results: list[Result], loop: asyncio.AbstractEventLoop) -> bool | Exception:
    """Put what one slice yields into `results`; whether it was the last, or the error that ended it."""
    _yield_to_event_loop(loop)
    end = perf_counter() + SLICE_SECONDS
    try:
        for result in work:
            if result is not None:
                results.append(result)
            if perf_counter() >= end:
                return False
    except Exception as error:  # noqa: BLE001 - raised again once the results before it have been taken
        return error
    return True


def _yield_to_event_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Wait, though not for ever, until the event loop has done all that is ready."""
    turn = threading.Event()
    loop.call_soon_threadsafe(turn.set)
    turn.wait(WAIT_SECONDS)


async def cancel_on_disconnect(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Do `work` unless the client goes away first, or the server ends: then it is cancelled, and the result is None."""
    doing = asyncio.ensure_future(work)
    going = asyncio.ensure_future(_gone(receive))
    # A server that ends cancels what has not ended in time. There is nobody to hand that on to but its log.
    with suppress(asyncio.CancelledError):
        await asyncio.wait((doing, going), return_when=asyncio.FIRST_COMPLETED)
    doing.cancel()
    going.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait((doing, going))
    return doing.result() if doing.done() and not doing.cancelled() else None


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone away; its request has arrived in full."""
    while (await receive())["type"] != "http.disconnect":
        pass
