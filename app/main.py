"""Wires settings, routers, pages, middleware and error handlers into one application."""

import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from . import __version__
from .api import discover_routers
from .execution.connections import ConnectionLimiter
from .execution.drain import Drain
from .execution.free_memory import share_one_arena
from .execution.response_memory import MemoryBudget
from .http.openapi import DESCRIPTION, describe
from .http.problems import install_problem_handlers
from .http.unmatched import answer_unmatched
from .middleware.access_log import AccessLog
from .middleware.allowed_hosts import AllowedHostsMiddleware
from .middleware.body_limit import BodyLimitMiddleware
from .middleware.head import HeadMiddleware
from .middleware.rate_limit import RateLimitMiddleware
from .middleware.request_context import NUMERICS, REQUEST_ID, RequestContextMiddleware
from .settings import Settings, listed, unknown_settings
from .web.assets import asset_routes
from .web.problem import problem_page
from .web.rendering import page_routes

RARELY: Final = 1_000
"""Collections of young objects between two full ones; by default Python makes ten."""

log = logging.getLogger("fivebyfive")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; without `settings`, they are read from the environment.

    Raises
    ------
    pydantic.ValidationError
        If a setting in the environment is invalid.
    """
    if settings is None:
        settings = Settings()
        for line in unknown_settings(os.environ):
            log.warning(line)
    app = FastAPI(
        title="Five by Five",
        description=DESCRIPTION,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        root_path_in_servers=False,
        lifespan=_lifespan,
        # Telemetry would look for a collector in the environment with every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.access_log = AccessLog(counting=settings.metrics)
    app.state.drain = Drain(settings.shutdown_delay)
    app.state.response_memory = MemoryBudget(
        settings.max_buffered_response_bytes, "responses that clients have not read yet"
    )
    # Routes are added one by one: an included router would match each of its routes again.
    for router in discover_routers():
        app.router.routes.extend(router.routes)
    app.router.routes.extend([*page_routes(), *asset_routes])
    app.router.default = answer_unmatched
    install_problem_handlers(app, problem_page)
    describe(app)
    app.add_middleware(BodyLimitMiddleware, settings=settings)
    if settings.rate_limit:
        app.add_middleware(RateLimitMiddleware, rate=settings.rate_limit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=listed(settings.cors_origins),
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("Content-Type", REQUEST_ID),
            expose_headers=(REQUEST_ID, NUMERICS, "ETag", "Retry-After", "RateLimit", "RateLimit-Policy"),
        )
    if settings.allowed_hosts != "*":
        app.add_middleware(AllowedHostsMiddleware, hosts=listed(settings.allowed_hosts))
    app.add_middleware(HeadMiddleware)
    app.add_middleware(
        RequestContextMiddleware, settings=settings, access_log=app.state.access_log, memory=app.state.response_memory
    )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    share_one_arena()
    drain: Drain = app.state.drain
    with drain.on_signals(), _tuned_interpreter():
        settings: Settings = app.state.settings
        yield {  # for app.server
            "settings": settings,
            "drain": drain,
            "response_memory": app.state.response_memory,
            "access_log": app.state.access_log,
            "connections": ConnectionLimiter(settings.max_connections, listed(settings.trusted_proxies)),
        }


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    """Tune thread switching and garbage collection of Python, and restore both at the end."""
    interval = sys.getswitchinterval()
    # A thread that parses a long body hands Python's lock over after 1 ms, not 5. Light requests take it several times.
    sys.setswitchinterval(0.001)
    # A full collection stops all threads: for 0.05 s with what has been loaded, which stays, and for 0.3 s more with
    # 4,000 connections. Requests leave next to nothing for it, as they end without reference cycles.
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds[:2], RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(interval)


def __getattr__(name: str) -> FastAPI:
    """Create `app` when a server imports it by name: ``uvicorn app.main:app``."""
    if name == "app":
        return create_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
