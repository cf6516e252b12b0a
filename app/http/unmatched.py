"""Requests that no route answers: another path, or another method."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from .path import is_of_api, path_within

EVERY_METHOD: Final = ("GET", "HEAD", "POST", "OPTIONS")


def allowed_methods(scope: Scope) -> tuple[str, ...]:
    """Return the methods for the path of a request, which exists: HEAD wherever GET is one, and OPTIONS always."""
    routes = [route for route in scope["app"].routes if isinstance(route, Route)]
    there = {method for route in routes if route.matches(scope)[0] is not Match.NONE for method in route.methods or ()}
    there |= {"HEAD"} if "GET" in there else set()
    return tuple(method for method in EVERY_METHOD if method in there or method == "OPTIONS")


async def answer_unmatched(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for which there is no route: redirect a page with a slash too many; the rest is a 404."""
    url = _without_slash(scope)
    if url is None:
        raise HTTPException(404, "There is no page and no operation at this address")
    await RedirectResponse(url)(scope, receive, send)


def _without_slash(scope: Scope) -> str | None:
    """The address without its last slash, under the prefix of a proxy and with its query, if there is a page."""
    path = path_within(scope)
    if not path.endswith("/") or is_of_api(scope) or scope["method"] != "GET":
        return None
    path = path.rstrip("/")
    for route in scope["app"].routes:
        if isinstance(route, Route) and route.path == path and "GET" in (route.methods or ()):
            scope["route"] = route  # for the log and the metrics
            query = scope["query_string"].decode("latin-1")
            return f"{scope.get('root_path', '')}{path}" + (f"?{query}" if query else "")
    return None
