"""Only wiring: settings, routers, files, middleware and error handlers become one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app import assets
from app.api import discover_routers
from app.api.allowed_hosts import AllowedHosts
from app.api.body_limit import BodyLimit
from app.api.drain import Drain
from app.api.head import Head
from app.api.held import Held
from app.api.journal import Journal
from app.api.observe import REQUEST_ID, Observe
from app.api.openapi import DESCRIPTION, describe
from app.api.problems import install_problem_handlers
from app.api.rate_limit import RateLimit
from app.convolution_page import router as convolution_page_router
from app.docs import router as docs_router
from app.pages import router as pages_router
from app.settings import Settings, installed_version, listed


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service; without `settings` they are read from the environment.

    Raises
    ------
    pydantic.ValidationError
        If a setting in the environment is wrong.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Five by Five",
        description=DESCRIPTION,
        version=installed_version(),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        root_path_in_servers=False,
        lifespan=_lifespan,
        # It would look for a collector in the environment with every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.journal = Journal(counting=settings.metrics)
    app.state.drain = Drain(settings.drain_seconds)
    app.state.held = Held(settings.held_reply_bytes)
    # Routes are taken over one by one: an included router would be asked, and ask its own routes, twice a request.
    for router in (*discover_routers(), docs_router, pages_router, convolution_page_router):
        app.router.routes.extend(router.routes)
    app.router.routes.extend(assets.routes)
    install_problem_handlers(app)
    describe(app)
    app.add_middleware(BodyLimit, settings=settings)
    if settings.rate_limit:
        app.add_middleware(RateLimit, rate=settings.rate_limit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=listed(settings.cors_origins),
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("Content-Type", REQUEST_ID),
            expose_headers=(REQUEST_ID, "Retry-After", "RateLimit", "RateLimit-Policy"),
        )
    if settings.allowed_hosts != "*":
        app.add_middleware(AllowedHosts, hosts=listed(settings.allowed_hosts))
    app.add_middleware(Head)
    app.add_middleware(Observe, settings=settings, journal=app.state.journal, held=app.state.held)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    drain: Drain = app.state.drain
    with drain.on_signals():
        yield {"drain": drain, "held": app.state.held}  # for app.protocol
