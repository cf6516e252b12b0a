"""Problems as pages, for people whose browser asks for something that the service cannot show."""

from functools import partial

from starlette.requests import Request

from .assets import static_url
from .http.path import encoded_path
from .pages import render
from .stylesheets import page_stylesheet


def problem_page(request: Request, status: int, title: str, detail: str) -> str:
    """Return a problem as an HTML page with the ways back, which works at any depth under any path prefix."""
    root = request.scope.get("root_path", "")
    path = encoded_path(request.scope).removeprefix(root)
    return render(
        "problem.html",
        here="",
        up="../" * (path.count("/") - 1),
        static_url=partial(static_url, page=path),
        stylesheet=page_stylesheet("problem"),
        modules=[],
        status=status,
        title=title,
        detail=detail,
    )
