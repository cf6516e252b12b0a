"""Where work is done: cheap work at once, the rest on a few threads, so that the event loop never waits long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from app.account import charge
from app.settings import Settings

Result = TypeVar("Result")


@lru_cache(maxsize=8)
def pool(threads: int, purpose: str = "compute") -> ThreadPoolExecutor:
    """The process's threads for one purpose; their number bounds how many costly requests run at once."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


async def compute(settings: Settings, cost: int, work: Callable[[], Result]) -> Result:
    """Do `work`, here if its estimated cost in multiply-adds is small, else on a thread.

    A thread hop costs more than a small network's whole forward pass, and a cheap request must not queue behind a
    costly one.
    """
    charge(cost)
    if cost <= settings.inline_multiply_adds:
        return work()
    return await asyncio.get_running_loop().run_in_executor(pool(settings.compute_threads), work)
