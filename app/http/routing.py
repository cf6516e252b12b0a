"""Routes of the API: strict about query parameters, and they parse and validate the body of a POST."""

from functools import partial
from typing import Any, Final, get_type_hints
from urllib.parse import parse_qsl

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from ..execution.concurrency import compute_limiter
from ..execution.threads import run_in_pool
from ..execution.time_slices import cancel_on_disconnect
from ..schemas.base import MAX_FIELDS, RequestModel
from ..schemas.errors import RequestError
from ..schemas.field_errors import UNKNOWN_PARAMETER
from ..schemas.json_repr import shorten
from ..settings import Settings
from ..telemetry.request_context import current_client
from .negotiation import JSON, NPY
from .path import API_PREFIX
from .request_body import format_of, parse_body
from .responses import ALREADY_ADMITTED

INLINE_PARTS: Final = 400
"""Lists and objects of a body that is parsed on the event loop: about a millisecond of work."""

_MAX_NAME: Final = 80


class ApiRoute(APIRoute):
    """A route of the API: unknown query parameters are errors, as unknown fields of a body are.

    This class rejects a query if the route takes none, a name that occurs twice, and more than `MAX_FIELDS` parameters.
    If the route takes a query, its validation rejects unknown names.
    """

    def takes_query(self, _scope: Scope, /) -> bool:
        """Return True if requests may have query parameters."""
        return bool(self.dependant.query_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises
        ------
        RequestError
            If the query is not allowed, has a parameter twice, or has too many.
        """
        if scope["query_string"] and scope["method"] in (self.methods or ()):
            self._check_query(scope)
        await super().handle(scope, receive, send)

    def _check_query(self, scope: Scope) -> None:
        try:
            query = parse_qsl(
                scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS
            )
        except ValueError:
            raise RequestError("", "The query has too many parameters", allowed=f"at most {MAX_FIELDS}") from None
        names: set[str] = set()
        takes_query = self.takes_query(scope)
        for name, value in query:
            field = shorten(name, _MAX_NAME)
            if not takes_query:
                raise RequestError(field, UNKNOWN_PARAMETER, value=value, allowed="no query")
            if name in names:
                raise RequestError(field, "The query has this parameter twice", value=value)
            names.add(name)


class BodyRoute(ApiRoute):
    """A route whose endpoint takes ``(request, body)``, `body` a pydantic model, and returns an ASGI response.

    FastAPI documents it like any other. But long bodies are parsed and validated on a thread, within limits on memory;
    the errors of an invalid body are collected there too.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._model: type[RequestModel] = get_type_hints(self.endpoint)["body"]
        if self._model.array_field is not None:
            self.openapi_extra = _npy_request(self._model)
        self.app = self._answer

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path, nearly always without a regular expression: it has no parameters."""
        if scope["path"] == self.path and scope["method"] in (self.methods or ()):
            return Match.FULL, {"endpoint": self.endpoint, "path_params": {}, "route": self}
        return super().matches(scope) if scope["path"].endswith(self.path) else (Match.NONE, {})

    def takes_query(self, scope: Scope, /) -> bool:
        """Return True if the body is an array; then the other fields are in the query."""
        return format_of(scope, self._model).is_npy

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read and validate the body, and call the endpoint; exception handlers turn errors into problems."""
        form = format_of(scope, self._model)
        settings: Settings = scope["app"].state.settings
        raw = await _read(receive, settings)
        if raw is None:
            return
        parse = partial(parse_body, self._model, raw, form, settings)
        body: RequestModel | None
        few = len(raw) <= settings.inline_body_bytes and raw.count(b"[") + raw.count(b"{") <= INLINE_PARTS
        if few and not form.is_gzip:
            body = parse()
        else:
            body = await cancel_on_disconnect(receive, run_in_pool(settings, parse))
            scope[ALREADY_ADMITTED] = True
        if body is not None:
            response: ASGIApp = await self.endpoint(Request(scope, receive), body)
            await response(scope, receive, send)


async def _read(receive: Receive, settings: Settings) -> bytes | None:
    """Return the whole body, whose length `BodyLimitMiddleware` limits; None if the client disconnects before its end.

    Raises
    ------
    BusyError
        As soon as the body is long and the server is at capacity, without waiting for the rest.
    """
    message = await receive()
    chunks = [message.get("body", b"")]
    length = len(chunks[0])
    while message["type"] == "http.request" and message.get("more_body", False):
        if length > settings.inline_body_bytes:
            compute_limiter(settings).check(current_client())
        message = await receive()
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
    if message["type"] == "http.disconnect":
        return None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def api_router(*tags: str) -> APIRouter:
    """Return a router for paths under /api/v1."""
    return APIRouter(prefix=API_PREFIX, tags=list(tags), route_class=ApiRoute, generate_unique_id_function=operation_id)


def body_router(*tags: str) -> APIRouter:
    """Return a router for paths under /api/v1 whose endpoints take a body."""
    return APIRouter(
        prefix=API_PREFIX, tags=list(tags), route_class=BodyRoute, generate_unique_id_function=operation_id
    )


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation in generated clients: that of its function."""
    return route.name


_NPY_CONTENT: Final = {NPY: {"schema": {"type": "string", "format": "binary"}}}
NPY_RESPONSE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": _NPY_CONTENT}}
"""OpenAPI description of a response with an array as .npy."""


def _npy_request(model: type[RequestModel]) -> dict[str, Any]:
    """Return the OpenAPI description of a request with an array as .npy and its other fields as a query."""
    queries = [
        {
            "name": name,
            "in": "query",
            "description": f"Only beside a body in .npy, written as in JSON. {field.description}",
            "schema": {"type": "string", "contentMediaType": JSON},
        }
        for name, field in model.model_fields.items()
        if name != model.array_field
    ]
    return {"parameters": queries, "requestBody": {"content": _NPY_CONTENT}}
