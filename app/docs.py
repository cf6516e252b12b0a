"""The API docs: Swagger UI, from this host alone."""

from typing import Final

from fastapi import APIRouter, Request, Response

from .assets import SWAGGER_UI
from .http.constant_content import HTML, ConstantContent
from .http.problems import PROBLEM_TYPES
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
        problems=PROBLEM_TYPES,
    )
    return html.encode()


_DOCS: Final = ConstantContent(_docs, HTML)
