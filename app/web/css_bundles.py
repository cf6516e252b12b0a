"""Stylesheet bundles: the files of a page in ``static/css/`` are joined into one file for the browser."""

from typing import Final

from .page import discover_pages

SHARED: Final = ("tokens", "base", "controls", "top")
"""Stylesheets of every page, before its own."""


def css_bundles() -> dict[str, tuple[str, ...]]:
    """Return the names of the stylesheets of each bundle, in the order of the cascade, by the page's name."""
    return {page.name: (*SHARED, *page.stylesheets) for page in discover_pages()}


def bundle_path(page: str) -> str:
    """Return the path of a page's bundle under the static mount."""
    return f"css/pages/{page}.css"
