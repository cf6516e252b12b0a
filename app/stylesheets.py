"""Which stylesheets make up a page: one file each in ``static/css/``, joined in this order into one for the browser."""

from typing import Final

_EVERYWHERE: Final = ("tokens", "base", "controls", "top")

PAGES: Final = {
    "playground": (
        *_EVERYWHERE, "transport", "settings", "visit", "notice", "tile", "drawing", "network", "filter", "dense",
        "deck", "explain", "player", "formula",
    ),
    "convolution": (
        *_EVERYWHERE, "settings", "notice", "tile", "drawing", "player", "formula", "convolution", "convolution-line",
        "convolution-plane", "convolution-size", "convolution-gallery",
    ),
    "docs": (*_EVERYWHERE, "docs"),
    "problem": (*_EVERYWHERE, "problem"),
}  # fmt: skip
"""The stylesheets of each page, in the order of the cascade."""


def page_stylesheet(page: str) -> str:
    """Path under the static mount of the one stylesheet of a page."""
    return f"css/pages/{page}.css"
