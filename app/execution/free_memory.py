"""Returns freed memory to the operating system, if the C library can."""

import ctypes
import sys
from typing import Final

_LIBRARY: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_HAS_GLIBC: Final = hasattr(_LIBRARY, "malloc_trim")
_ARENA_MAX: Final = -8  # M_ARENA_MAX of malloc.h


def share_one_arena() -> None:
    """Let all threads allocate from one arena; glibc never trims the end of the others, which each thread has.

    A thread that already has an arena keeps it, so call this early; it lasts as long as the process. The threads seldom
    wait for each other: nearly all allocate while they hold Python's lock.
    """
    if _LIBRARY is not None and _HAS_GLIBC:
        _LIBRARY.mallopt(_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Return freed memory to the operating system; glibc would keep it for the next large value."""
    if _LIBRARY is not None and _HAS_GLIBC:
        _LIBRARY.malloc_trim(0)
