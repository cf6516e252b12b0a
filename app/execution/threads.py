"""Runs expensive work on a few threads, so that the event loop is not blocked."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from ..settings import Settings
from ..telemetry.request_context import current_client
from .concurrency import compute_limiter

Result = TypeVar("Result")


@lru_cache(maxsize=8)
def thread_pool(threads: int, purpose: str = "compute") -> ThreadPoolExecutor:
    """Return the process's thread pool for one purpose."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


async def run_in_pool(settings: Settings, work: Callable[[], Result]) -> Result:
    """Run `work` on a thread, once there is a slot for it."""
    async with compute_limiter(settings).slot(current_client()):
        return await asyncio.get_running_loop().run_in_executor(thread_pool(settings.compute_threads), work)
