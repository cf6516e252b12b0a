"""Where costly work is done: on a few threads, in turn, so that the event loop never waits long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from ..settings import Settings
from .seats import compute_seats

Result = TypeVar("Result")


@lru_cache(maxsize=8)
def pool(threads: int, purpose: str = "compute") -> ThreadPoolExecutor:
    """The process's threads for one purpose."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


async def in_turn(settings: Settings, work: Callable[[], Result]) -> Result:
    """Do `work` on a thread, once there is a seat for it."""
    async with compute_seats(settings).seat():
        return await asyncio.get_running_loop().run_in_executor(pool(settings.compute_threads), work)
