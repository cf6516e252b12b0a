"""The layers, one file each: `LAYERS` finds them, so a new layer is one new file."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from .base import Layer


def _discover() -> dict[str, type[Layer]]:
    """Every concrete layer of this package's modules by its `type`."""
    found: dict[str, type[Layer]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{module_info.name}")
        for candidate in vars(module).values():
            # A base class has no `type`; an imported layer is found in its own module.
            if (
                isinstance(candidate, type)
                and issubclass(candidate, Layer)
                and candidate.__module__ == module.__name__
                and "type" in vars(candidate)
            ):
                found[candidate.type] = candidate
    return found


LAYERS: dict[str, type[Layer]] = _discover()
"""Every kind of layer by its `type`: ``LAYERS["conv2d"]``."""

__all__ = ["LAYERS", "Layer"]
