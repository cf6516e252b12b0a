"""The OpenAPI description: FastAPI's, with what all routes share."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from ..schemas.diverged import DivergedProblem
from ..schemas.limits import Limits
from ..schemas.problem import Problem
from ..schemas.train import DoneOut, PausedOut, StartOut
from .bounds import LIMIT_OF_FIELD
from .problems import documented
from .routing import API_PREFIX

DESCRIPTION: Final = """\
A convolutional network small enough to read every number.

Send an image through a network and get every number on the way back; train it, whole or epoch by epoch as server-sent
events, and get every gradient; convolve and pool on their own, with every product and every window. All arrays are
nested lists in the order (C, H, W). *Convolution* means cross-correlation, as everywhere in deep learning, unless a
`convention` says otherwise. The service keeps nothing between requests: networks, parameters and the state of an
optimizer travel in them.

Every error is an RFC 9457 problem (`application/problem+json`) that names the field, the value and what is allowed.
"""


_MORE_MODELS: Final[tuple[type[BaseModel], ...]] = (Problem, DivergedProblem, StartOut, DoneOut, PausedOut)
"""What FastAPI cannot know of: problems, and the events of a stream."""


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
    for model in _MORE_MODELS:
        described = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= described.pop("$defs", {}) | {model.__name__: described}
    _tell_limits(schema, app.state.settings)
    if app.state.settings.rate_limit:
        for path, calls in schema["paths"].items():
            for call in calls.values() if path.startswith(API_PREFIX) else ():
                call["responses"] |= {str(status): about for status, about in documented(429).items()}
    # The address the description came from, so that "Try it out" works under any path prefix.
    schema["servers"] = [{"url": "./"}]
    return schema


_ONLY_ARITHMETIC: Final = {"OutputSizeRequest", "AxisLayerSpec"}
"""Models whose sizes are only reckoned with: no array has them, and no limit bounds them."""


def _tell_limits(schema: dict[str, Any], limits: Limits) -> None:
    """Write this server's limits into every field and query that they bound."""
    models, paths = schema["components"]["schemas"].items(), schema["paths"].values()
    fields = [
        field for name, model in models if name not in _ONLY_ARITHMETIC for field in model.get("properties", {}).items()
    ]
    queries = [query for path in paths for call in path.values() for query in call.get("parameters", ())]
    fields += [(query["name"], query["schema"]) for query in queries]
    for name, about in fields:
        for form in (about, *about.get("anyOf", ())) if name in LIMIT_OF_FIELD else ():
            number = form.get("items", form)
            if number.get("type") == "integer":
                number["maximum"] = getattr(limits, LIMIT_OF_FIELD[name])
