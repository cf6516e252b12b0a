"""The API: one router a resource, found here, so that a new resource is one new file."""

import pkgutil
from importlib import import_module

from fastapi import APIRouter

from ..http.routing import BodyRoute


def discover_routers() -> list[APIRouter]:
    """The `router` of every module of this package that has one: those that take bodies first, as they are hurried."""
    modules = (import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    routers = [router for module in modules if isinstance(router := getattr(module, "router", None), APIRouter)]
    return sorted(routers, key=lambda router: router.route_class is not BodyRoute)
