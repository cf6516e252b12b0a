"""The API docs: Swagger UI, from this host alone."""

from functools import cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.problems import DESCRIPTIONS_OF_KINDS, TITLES
from app.assets import SWAGGER_UI
from app.pages import render
from app.stylesheets import page_stylesheet

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    """Every endpoint, to read and to try."""
    return HTMLResponse(_docs())


@cache
def _docs() -> str:
    """The page is the same for everybody, so it is written once a process."""
    return render(
        "docs.html",
        here="docs",
        stylesheet=page_stylesheet("docs"),
        modules=[],
        swagger_ui=f"{SWAGGER_UI}/swagger-ui-bundle.js",
        problems=[(kind, title, DESCRIPTIONS_OF_KINDS[kind]) for kind, title in TITLES.items()],
    )
