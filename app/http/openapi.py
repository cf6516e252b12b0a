"""The OpenAPI description: FastAPI's, completed by what all operations share.

Tests generate clients from it, and it passes spectral's recommended rules. Both need names: shared parts are
components, and an operation is named like its function.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from ..schemas.arrays import AnyArray, Image
from ..schemas.base import ResponseModel
from ..schemas.limits import LIMIT_OF_FIELD, Limits
from ..schemas.network import ParametersSpec
from ..schemas.problem import DivergedProblem, Problem
from ..schemas.serialization import to_json
from ..schemas.train import DoneOut, PausedOut, StartOut
from .constant_content import ConstantContent
from .path import API_PREFIX
from .problems import MEDIA_TYPE as PROBLEM

DESCRIPTION: Final = """\
A convolutional network small enough to read every number.

Send an image through a network and get every number on the way back; train it, whole or epoch by epoch as server-sent
events, and get every gradient; convolve and pool on their own, with every product and every window. All arrays are
nested lists in the order (C, H, W). *Convolution* means cross-correlation, as everywhere in deep learning, unless a
`convention` says otherwise. The service keeps nothing between requests: networks, parameters and the state of an
optimizer travel in them.

Every error is an RFC 9457 problem (`application/problem+json`) that names the field, the value and what is allowed.
Requests are strict: an unknown field or query parameter is an error. Responses can grow: ignore fields that you do not
know.
"""

_TAGS: Final = {
    "training": "Train networks, evaluate them, and get their gradients.",
    "compute": "Convolve, pool, send images through a network, and explain every number.",
    "catalogue": "Kernels, data sets, experiments and patterns to begin with.",
    "service": "The service itself: its limits, its health, its version.",
}
_CONTACT: Final = {"name": "The Five by Five authors"}
_LICENSE: Final = {"name": "MIT License", "identifier": "MIT"}

_MORE_MODELS: Final[tuple[type[ResponseModel], ...]] = (Problem, DivergedProblem, StartOut, DoneOut, PausedOut)
"""Models that no route declares: problems, and the events of a stream."""
_NAMED: Final[dict[str, Any]] = {"Parameters": ParametersSpec, "Array": AnyArray, "Image": Image}
"""Types that are no models but occur often, so that each is a component, too; outer types before inner ones."""
_DESCRIPTIONS: Final = {
    "Parameters": "Arrays by layer name and parameter name: conv2d weights (O, I, kH, kW), dense weights (in, out), "
    "biases (out).",
    "Array": "An array of one to four axes as nested lists.",
    "Image": "An image as rows (H, W), or as channels of rows (C, H, W).",
}
_ANNOTATIONS: Final = {"title", "description", "examples", "default"}
"""Keywords that do not affect validation."""

_HEADERS: Final = {
    "X-Request-ID": "Names the request in the logs: as it came with the request, or made for it.",
    "Retry-After": "Seconds to wait before the next try.",
    "ETag": "Names the content. A request with it in If-None-Match is answered by a 304 while it is still right.",
    "Cache-Control": "no-cache: the content may be kept, but ask whether it is still right.",
    "RateLimit": "What is left of the rate limit and when it starts again; only if the service has one.",
    "RateLimit-Policy": "The rate limit; only if the service has one.",
}
_RESPONSES: Final[dict[int, tuple[str, str, tuple[str, ...]]]] = {
    400: ("BadRequest", "The request is not HTTP, names another host, or has a body that is not JSON in UTF-8.", ()),
    404: ("NotFound", "No entry has this id.", ()),
    408: ("RequestTimeout", "The request did not arrive in full within request_timeout.", ()),
    413: ("ContentTooLarge", "The body is longer than max_body_bytes.", ()),
    415: ("UnsupportedMediaType", "The body is of a media type that this operation does not take.", ()),
    422: (
        "UnprocessableContent",
        "A field does not fit, a limit is exceeded, or a number became too large; `errors` names the field.",
        (),
    ),
    429: (
        "TooManyRequests",
        "The client's address asks for more than it may: too many calls, or too costly ones.",
        ("Retry-After", "RateLimit", "RateLimit-Policy"),
    ),
    431: ("RequestHeaderFieldsTooLarge", "The request's headers are too many or too long.", ()),
    500: ("InternalServerError", "The service failed. The error is in its log, under the request's id.", ()),
    503: (
        "ServiceUnavailable",
        "The server is at capacity or shutting down. Try again after Retry-After.",
        ("Retry-After",),
    ),
}
"""The name, the description and the headers of the response for each status of a problem."""


def describe(app: FastAPI) -> None:
    """Make `app` build its description on the first request for it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    app.state.openapi = ConstantContent(lambda: to_json(app.openapi()))


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        contact=_CONTACT,
        license_info=_LICENSE,
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
        servers=[{"url": "."}],  # relative to the description's address, so that it is valid under any path prefix
        routes=app.routes,
    )
    components = document["components"]
    schemas = components["schemas"]
    schemas |= _more_schemas()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _write_limits(document, app.state.settings)
    components["headers"] = {
        name: {"description": about, "schema": {"type": "string"}} for name, about in _HEADERS.items()
    }
    components["responses"] = {name: _problem_response(about, headers) for name, about, headers in _RESPONSES.values()}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete(path, operation, schemas)
    _share_types(document)
    _let_responses_grow(document)
    return document


def _more_schemas() -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in _MORE_MODELS], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = definitions["$defs"]
    for schema in found.values():
        for field in schema["properties"].values():
            if field.get("default", 0) is None:
                del field["default"]  # absent, as in FastAPI's schemas; null would not be valid
    return found


def _problem_response(description: str, headers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _headers("X-Request-ID", *headers),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _complete(path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add the problems of an operation, and the headers and descriptions of its other responses."""
    limited = ("RateLimit", "RateLimit-Policy") if path.startswith(API_PREFIX) else ()
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):  # FastAPI's own error model; here it is a problem
        del responses["422"]
    for status, response in responses.items():
        if status == "200":
            name = response["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
            if response["description"] == "Successful Response":
                response["description"] = schemas[name]["description"] if name else operation["description"]
        response["headers"] = _headers("X-Request-ID", *limited) | response.get("headers", {})
    for status in _statuses_of_problems(path, operation):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{_RESPONSES[status][0]}"})


def _statuses_of_problems(path: str, operation: dict[str, Any]) -> Iterator[int]:
    yield from (400, 408, 431, 500, 503)
    if path.startswith(API_PREFIX):
        yield from (422, 429)
    if "{" in path:
        yield 404
    if "requestBody" in operation:
        yield from (413, 415)


def _share_types(document: dict[str, Any]) -> None:
    """Write each type of `_NAMED` once, as a component, and refer to it everywhere."""
    for name, kind in _NAMED.items():
        schema = _bare(TypeAdapter(kind).json_schema())
        _replace(document, json.dumps(schema, sort_keys=True), name)
        document["components"]["schemas"][name] = {"description": _DESCRIPTIONS[name], **schema}


def _replace(node: Any, schema: str, name: str) -> None:
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _replace(inner, schema, name)
        if isinstance(inner, dict) and json.dumps(bare := _bare(inner), sort_keys=True) == schema:
            for keyword in bare:
                del inner[keyword]
            inner["$ref"] = f"#/components/schemas/{name}"


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}


def _let_responses_grow(document: dict[str, Any]) -> None:
    """Allow unknown fields in every schema that responses use; schemas of requests alone stay strict."""
    schemas = document["components"]["schemas"]
    waiting = {ref for operations in document["paths"].values() for ref in _refs(_responses_of(operations))}
    waiting |= set(_refs(document["components"]["responses"]))
    seen: set[str] = set()
    while waiting:
        seen.add(name := waiting.pop())
        if schemas[name].get("additionalProperties") is False:
            del schemas[name]["additionalProperties"]
        waiting |= set(_refs(schemas[name])) - seen


def _responses_of(operations: dict[str, Any]) -> list[Any]:
    return [operation["responses"] for operation in operations.values()]


def _refs(node: Any) -> Iterator[str]:
    """Yield the names of the schemas that `node` refers to."""
    if isinstance(node, dict):
        if str(node.get("$ref", "")).startswith("#/components/schemas/"):
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from _refs(inner)


_ONLY_ARITHMETIC: Final = {"OutputSizeRequest", "AxisLayerSpec"}
"""Models whose sizes are used in arithmetic only: no array has them, and no limit applies."""


def _write_limits(document: dict[str, Any], limits: Limits) -> None:
    """Write this server's limits into every field and query parameter that they bound."""
    models, paths = document["components"]["schemas"].items(), document["paths"].values()
    fields = [
        field for name, model in models if name not in _ONLY_ARITHMETIC for field in model.get("properties", {}).items()
    ]
    queries = [query for path in paths for call in path.values() for query in call.get("parameters", ())]
    fields += [(query["name"], query["schema"]) for query in queries]
    for name, about in fields:
        for form in (about, *about.get("anyOf", ())):
            if "x-limit" in form:
                form["maxItems" if "maxItems" in form else "maxProperties"] = getattr(limits, form["x-limit"])
        for form in (about, *about.get("anyOf", ())) if name in LIMIT_OF_FIELD else ():
            number = form.get("items", form)
            if number.get("type") == "integer":
                number["maximum"] = getattr(limits, LIMIT_OF_FIELD[name])
