"""Returns memory that has been freed to the operating system, where the C library can."""

import ctypes
import sys
from collections.abc import Callable


def _trim() -> Callable[[int], int] | None:
    """Return the C library's `malloc_trim`; None if it has none, as others than glibc."""
    if sys.platform != "linux":
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


_malloc_trim = _trim()


def return_freed_memory() -> None:
    """Return freed memory to the operating system; glibc would keep it for the next large value."""
    if _malloc_trim is not None:
        _malloc_trim(0)
