"""The stages, one file each: `EXPLAINERS` finds them, so another kind of number is another file."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ..registry import Explainer


def _discover() -> dict[str, Explainer]:
    """The `EXPLAINERS` of this package's modules in one."""
    found: dict[str, Explainer] = {}
    for module_info in pkgutil.iter_modules(__path__):
        found |= import_module(f"{__name__}.{module_info.name}").EXPLAINERS
    return found


EXPLAINERS: dict[str, Explainer] = _discover()
"""By the address without its indices: ``EXPLAINERS["gradient.conv.weight"]``."""
