"""The optimizers, one file each: `OPTIMIZERS` finds them, so a new optimizer is one new file."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from .base import Optimizer, OptimizerState


def _discover() -> dict[str, type[Optimizer]]:
    """Every concrete optimizer of this package's modules by its `type`."""
    found: dict[str, type[Optimizer]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{module_info.name}")
        for candidate in vars(module).values():
            if (
                isinstance(candidate, type)
                and issubclass(candidate, Optimizer)
                and candidate.__module__ == module.__name__
                and "type" in vars(candidate)
            ):
                found[candidate.type] = candidate
    return found


OPTIMIZERS: dict[str, type[Optimizer]] = _discover()
"""Every kind of optimizer by its `type`: ``OPTIMIZERS["sgd"]``."""

__all__ = ["OPTIMIZERS", "Optimizer", "OptimizerState"]
