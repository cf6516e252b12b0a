"""The API docs: Swagger UI, from this host alone."""

from typing import Final

from fastapi import APIRouter, Request, Response

from .api.problems import DESCRIPTIONS_OF_KINDS, TITLES
from .assets import SWAGGER_UI
from .http.constant import HTML, ConstantContent
from .pages import render
from .stylesheets import page_stylesheet

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Every endpoint, to read and to try."""
    return await _DOCS.response(request)


def _docs() -> bytes:
    html = render(
        "docs.html",
        here="docs",
        stylesheet=page_stylesheet("docs"),
        modules=[],
        swagger_ui=SWAGGER_UI,
        problems=[(kind, title, DESCRIPTIONS_OF_KINDS[kind]) for kind, title in TITLES.items()],
    )
    return html.encode()


_DOCS: Final = ConstantContent(_docs, HTML)
