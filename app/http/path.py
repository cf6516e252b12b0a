"""Paths of requests."""

from typing import Final
from urllib.parse import quote

from starlette.types import Scope

API_PREFIX: Final = "/api/v1"
STATIC_PREFIX: Final = "/static"


def encoded_path(scope: Scope) -> str:
    """Return the path as the client sent it: percent-encoded, with the prefix under which a proxy serves the service.

    The decoded path loses information: "%2F" and "/" are equal in it, and so are all bytes that are not UTF-8.
    """
    raw: bytes | None = scope.get("raw_path")  # ASGI servers may leave it out
    return quote(scope["path"]) if raw is None else raw.decode("latin-1")


def route_path(scope: Scope) -> str:
    """Return the path without the prefix under which a proxy serves the service."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_of_api(scope: Scope) -> bool:
    """Return True for paths of the API, which programs request and no person navigates to."""
    return f"{route_path(scope)}/".startswith(f"{API_PREFIX}/")
