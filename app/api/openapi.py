"""The OpenAPI description: FastAPI's, with what all routes share."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.schemas.problem import Problem

DESCRIPTION: Final = """\
A convolutional network small enough to read every number.

Send an image through a network and get every number on the way back; convolve and pool on their own, with every product
and every window. All arrays are nested lists in the order (C, H, W). *Convolution* means cross-correlation, as
everywhere in deep learning, unless a `convention` says otherwise. The service keeps nothing between requests: networks
and parameters travel in them.

Every error is an RFC 9457 problem (`application/problem+json`) that names the field, the value and what is allowed.
"""


def describe(app: FastAPI) -> None:
    """Make `app` describe itself, once, when it is first asked."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    # The address the description came from, so that "Try it out" works under any path prefix.
    schema["servers"] = [{"url": "./"}]
    return schema
