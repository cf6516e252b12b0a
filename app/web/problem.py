"""The page that shows a problem to a person whose browser navigates to an address that cannot be shown."""

from functools import partial
from typing import Final

from starlette.requests import Request

from ..http.path import encoded_path
from .assets import static_url
from .page import Page
from .rendering import render

PAGE: Final = Page(name="problem", stylesheets=("problem",))


def problem_page(request: Request, status: int, title: str, detail: str) -> str:
    """Return a problem as an HTML page with links back, which work at any depth and under any path prefix.

    Parameters
    ----------
    request
        The request under way.
    status, title, detail
        Of the problem.
    """
    root = request.scope.get("root_path", "")
    path = encoded_path(request.scope).removeprefix(root)
    return render(
        PAGE,
        up="../" * (path.count("/") - 1),
        static_url=partial(static_url, page=path),
        status=status,
        title=title,
        detail=detail,
    )
