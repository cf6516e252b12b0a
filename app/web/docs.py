"""The page /docs: Swagger UI, served from this host alone, and the types of problems."""

from typing import Any, Final

from ..http.problems import PROBLEM_TYPES
from .assets import SWAGGER_UI
from .page import Link, Page


def _values() -> dict[str, Any]:
    return {"swagger_ui": SWAGGER_UI, "problems": PROBLEM_TYPES}


PAGE: Final = Page(
    name="docs",
    path="/docs",
    link=Link(order=3, name="API", about="Everything that the pages show, for programs."),
    stylesheets=("docs",),
    values=_values,
)
