"""Paths as the routes have them."""

from typing import Final

from starlette.types import Scope

API_PREFIX: Final = "/api/v1"


def path_within(scope: Scope) -> str:
    """Return the path without the prefix under which a proxy serves the service."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_of_api(scope: Scope) -> bool:
    """Return True for the paths that programs ask for, and no person navigates to."""
    return f"{path_within(scope)}/".startswith(f"{API_PREFIX}/")
