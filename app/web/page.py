"""Describes a page; every module of this folder with a `PAGE` is one."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry of the navigation.

    Attributes
    ----------
    order
        Entries stand in this order.
    name, about
        Text and description.
    """

    order: int
    name: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its address, template, stylesheets and script.

    Attributes
    ----------
    name
        Name of its module, and of its template without ``.html``.
    path
        Path of its address; None for a page that other addresses show.
    link
        Its entry in the navigation, if it has one.
    stylesheets
        Names of files in ``static/css/``, in the order of the cascade, besides those of every page.
    script
        Entry script in ``static/js/`` whose imports the browser is to load at once; empty for none.
    values
        Returns the values that the template needs; called once.
    """

    name: str
    path: str | None = None
    link: Link | None = None
    stylesheets: tuple[str, ...] = ()
    script: str = ""
    values: Callable[[], dict[str, Any]] = dict

    @property
    def href(self) -> str:
        """Return its address relative to the root, or "" if it has no path."""
        return "" if self.path is None else self.path.removeprefix("/") or "./"


@cache
def discover_pages() -> list[Page]:
    """Return the page of every module of this folder that has one."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    modules = [import_module(f"{__package__}.{name}") for name in names]
    return [page for module in modules if isinstance(page := getattr(module, "PAGE", None), Page)]
