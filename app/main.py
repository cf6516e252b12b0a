"""Only wiring: settings, routers, files, middleware and error handlers become one application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import assets
from app.api import discover_routers
from app.api.body_limit import BodyLimit
from app.api.drain import Drain
from app.api.head import Head
from app.api.openapi import DESCRIPTION, describe
from app.api.problems import install_problem_handlers
from app.api.security import SecurityHeaders
from app.convolution_page import router as convolution_page_router
from app.docs import router as docs_router
from app.pages import router as pages_router
from app.settings import Settings, installed_version


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
    )
    app.state.settings = settings
    app.state.drain = Drain(settings.drain_seconds)
    # Routes are taken over one by one: an included router would be asked, and ask its own routes, twice a request.
    for router in (*discover_routers(), docs_router, pages_router, convolution_page_router):
        app.router.routes.extend(router.routes)
    app.router.routes.extend(assets.routes)
    install_problem_handlers(app)
    describe(app)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Head)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with app.state.drain.on_signals():
        yield
