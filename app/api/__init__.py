"""Routers of the API, found here: a new resource is one new module with a `router`."""

import pkgutil
from importlib import import_module

from fastapi import APIRouter

from ..http.routing import BodyRoute


def discover_routers() -> list[APIRouter]:
    """Return the `router` of every module of this folder; POST routes first, because they are matched most often."""
    modules = (import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    routers = [router for module in modules if isinstance(router := getattr(module, "router", None), APIRouter)]
    return sorted(routers, key=lambda router: router.route_class is not BodyRoute)
