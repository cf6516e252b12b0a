"""Preset kernels, one family a file, discovered: ``KERNELS`` by id, in the order they are shown.

A family is a module with ``ENTRIES``, a tuple of `Kernel`, and ``ORDER``, its place in the list.
Kernels are applied without turning them round (cross-correlation), so a positive weight on the right rewards what is
bright on the right.
"""

from ..discovery import discover
from ..kernel import Kernel

KERNELS: dict[str, Kernel] = discover(__name__, list(__path__), Kernel)
"""Every preset kernel by id."""
