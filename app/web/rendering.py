"""Renders pages. Each arrives complete: its state and its first numbers are in it, as an application/json block."""

from functools import cache, partial
from typing import Any, Final

import jinja2
from fastapi.routing import APIRoute
from markupsafe import Markup

from ..http.constant_content import HTML, ConstantContent
from ..schemas.serialization import to_json
from .assets import static_url
from .css_bundles import bundle_path
from .module_preload import needed_modules
from .page import Page, discover_pages
from .paths import TEMPLATES_DIR

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES_DIR), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
)


def render(page: Page, **values: Any) -> str:
    """Return a page as HTML; `values` are for its template, besides those that every page needs."""
    shared = {
        "navigation": _navigation(),
        "here": page.href,
        "up": "",
        "static_url": static_url,
        "stylesheet": bundle_path(page.name),
        "modules": needed_modules(page.script) if page.script else [],
    }
    return _templates.get_template(f"{page.name}.html").render(**(shared | values))


def data_block(value: Any) -> Markup:
    """Return JSON that cannot end the script element around it."""
    return Markup(to_json(value).decode().replace("<", "\\u003c"))  # noqa: S704 - every "<" is escaped


def page_routes() -> list[APIRoute]:
    """Return the route of every page that has a path; its HTML is made when it is first requested."""
    return [
        APIRoute(page.path, ConstantContent(partial(_html, page), HTML).response, include_in_schema=False)
        for page in discover_pages()
        if page.path is not None
    ]


def _html(page: Page) -> bytes:
    return render(page, **page.values()).encode()


@cache
def _navigation() -> list[dict[str, str]]:
    linked = [(page.link.order, page, page.link) for page in discover_pages() if page.link is not None]
    return [
        {"name": link.name, "href": page.href, "about": link.about}
        for _, page, link in sorted(linked, key=lambda entry: entry[0])
    ]
