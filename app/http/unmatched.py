"""Responds to requests that no route matches, by their path or their method."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from .path import is_of_api, route_path

EVERY_METHOD: Final = ("GET", "HEAD", "POST", "OPTIONS")


def allowed_methods(scope: Scope) -> tuple[str, ...]:
    """Return the methods that the routes of a request's path have; HEAD wherever GET is one, and OPTIONS always."""
    routes = [route for route in scope["app"].routes if isinstance(route, Route)]
    there = {method for route in routes if route.matches(scope)[0] is not Match.NONE for method in route.methods or ()}
    there |= {"HEAD"} if "GET" in there else set()
    return tuple(method for method in EVERY_METHOD if method in there or method == "OPTIONS")


async def answer_unmatched(scope: Scope, receive: Receive, send: Send) -> None:
    """Redirect the path of a page with an extra slash at its end; any other path is a 404."""
    url = _without_slash(scope)
    if url is None:
        raise HTTPException(404, "There is no page and no operation at this address")
    await RedirectResponse(url)(scope, receive, send)


def _without_slash(scope: Scope) -> str | None:
    """Return the address of the page whose path this is but for slashes at the end; None if there is none."""
    path = route_path(scope)
    if not path.endswith("/") or is_of_api(scope) or scope["method"] != "GET":
        return None
    path = path.rstrip("/")
    for route in scope["app"].routes:
        if isinstance(route, Route) and route.path == path and "GET" in (route.methods or ()):
            scope["route"] = route  # for the log and the metrics
            query = scope["query_string"].decode("latin-1")
            return f"{scope.get('root_path', '')}{path}" + (f"?{query}" if query else "")
    return None
