"""Turns every error into a problem (RFC 9457), or into a page where a person navigates."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ..execution.concurrency import BusyError
from ..execution.drain import DrainingError
from ..schemas.errors import RequestError
from ..schemas.field_errors import UNKNOWN_PARAMETER, field_errors, models_of
from ..schemas.json_repr import shorten
from ..schemas.problem import FieldError
from ..schemas.serialization import to_json
from ..services.engine_errors import EngineError, engine_problem
from ..telemetry.request_context import current_request_context
from .negotiation import prefers_html
from .path import encoded_path, is_of_api
from .security_headers import security_headers
from .unmatched import allowed_methods

MEDIA_TYPE: Final = "application/problem+json"

PROBLEM_TYPES: Final = {
    "invalid-json": ("The body is not JSON", "The body cannot be parsed as JSON, or nests too deeply. (400)"),
    "invalid-gzip": ("The body is not gzip", "It is declared as gzip, and is damaged or incomplete. (400)"),
    "invalid-npy": ("The body is not a .npy file", "numpy.save writes such files; only numbers are read. (400)"),
    "not-utf-8": ("The body is not UTF-8", "JSON is exchanged in UTF-8. (400)"),
    "not-found": ("Not found", "No page, operation or entry has this path. (404)"),
    "method-not-allowed": ("Method not allowed", "The Allow header lists the methods of the path. (405)"),
    "body-too-large": ("Content too large", "The body has more bytes than max_body_bytes allows. (413)"),
    "not-http": ("The request is not valid HTTP", "It breaks a rule of HTTP/1.1; detail says which. (400)"),
    "request-timeout": ("The request took too long", "Its head and body must arrive within request_timeout. (408)"),
    "head-too-large": ("The request's head is too long", "Its headers are too many or too long. (431)"),
    "unsupported-media-type": (
        "The body's format is not read here",
        "Send JSON, plain or as gzip. (415)",
    ),
    "invalid-request": ("The request does not fit", "errors names each field, its value and what is allowed. (422)"),
    "limit-exceeded": ("The request exceeds a limit", "errors names the limit; all are at /api/v1/limits. (422)"),
    "overflow": ("A number became too large", "A result does not fit a 64-bit float; send smaller numbers. (422)"),
    "diverged": (
        "The training diverged",
        "Its numbers were too large at the start or grew beyond all bounds; cause says why, and the rest is what is "
        "needed to go on from the last good epoch. (422, or the event failed)",
    ),
    "rate-limited": ("Too many requests", "One address asks for more than it may; wait as Retry-After says. (429)"),
    "draining": ("The server is shutting down", "Try again after Retry-After. (503)"),
    "busy": (
        "The server is at capacity",
        "Its slots and its queue are full; try again after Retry-After. (503)",
    ),
    "unavailable": ("No server can be reached", "The proxy got no answer; try again after Retry-After. (502 to 504)"),
    "http-error": ("The request cannot be answered", "Any other error; detail says why."),
    "internal-error": ("The server failed", "The error is in the server's log under the request's id. (500)"),
}
"""Title and description of each type of problem; /docs lists them."""

_TYPE_OF_STATUS: Final = {404: "not-found", 405: "method-not-allowed", 500: "internal-error"}
_NO_EXTENSIONS: Final[Mapping[str, Any]] = MappingProxyType({})

ProblemPage = Callable[[Request, int, str, str], str]
"""Makes a page of a status, a title and a detail."""

MAX_PATH_LENGTH: Final = 80
"""Characters of a path that a problem shows."""

log = logging.getLogger("fivebyfive")


class InvalidBodyError(Exception):
    """The body cannot be read; the arguments are those of `problem`."""

    def __init__(
        self,
        kind: str,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.status, self.detail, self.errors, self.headers = kind, status, detail, errors, headers


class BodyTooLargeError(Exception):
    """The body has more bytes than the limit, which is the argument."""


def problem_bytes(
    kind: str,
    status: int,
    detail: str,
    instance: str,
    errors: Sequence[FieldError] = (),
    extensions: Mapping[str, Any] = _NO_EXTENSIONS,
    *,
    root_path: str,
) -> bytes:
    """Return a problem as JSON, and record its type in the request's context.

    Parameters
    ----------
    kind
        A key of `PROBLEM_TYPES`.
    status
        The HTTP status.
    detail
        What is wrong this time.
    instance
        The path of the request, `root_path` included.
    errors
        The errors of single fields.
    extensions
        Members of this type of problem alone.
    root_path
        The prefix under which a proxy serves this service; the address of the type's description begins with it.
    """
    context = current_request_context()
    if context is not None:
        context.problem = kind
    return to_json(
        {
            "type": f"{root_path}/docs#{kind}",
            "title": PROBLEM_TYPES[kind][0],
            "status": status,
            "detail": detail,
            "instance": shorten(instance, MAX_PATH_LENGTH),
            "errors": [error.model_dump() for error in errors],
            **extensions,
        }
    )


def problem(
    request: Request,
    kind: str,
    status: int,
    detail: str,
    errors: Sequence[FieldError] = (),
    extensions: Mapping[str, Any] = _NO_EXTENSIONS,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as a response: an HTML page if a browser navigates outside of the API, else JSON.

    Parameters
    ----------
    request
        The request under way.
    kind, status, detail, errors, extensions
        As for `problem_bytes`; an empty detail is the summary of `errors`.
    headers
        More headers of the response.
    """
    detail = detail or summary(errors)
    root_path = request.scope.get("root_path", "")
    body = problem_bytes(kind, status, detail, encoded_path(request.scope), errors, extensions, root_path=root_path)
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if not is_of_api(request.scope):
        headers["Vary"] = "Accept"
        if prefers_html(request.scope):
            page: ProblemPage = request.app.state.problem_page
            return HTMLResponse(page(request, status, PROBLEM_TYPES[kind][0], detail), status, headers)
    return Response(body, status, headers, media_type=MEDIA_TYPE)


def problem_of_error(error: Exception, request: Request) -> Response:
    """Return the problem of an error that an operation raised; what the operation is not meant to raise is logged."""
    if isinstance(error, EngineError):
        found = engine_problem(error)
        return problem(request, found.kind, 422, found.detail, [found.error], found.extensions)
    if isinstance(error, RequestError):
        return problem(request, error.kind, 422, "", [error.error])
    log.error("%s %s failed: %s", request.method, encoded_path(request.scope), type(error).__name__, exc_info=error)
    return problem(request, "internal-error", 500, _logged())


def summary(errors: Sequence[FieldError]) -> str:
    """Return the first error, and the number of the others."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return (f"{first.field}: " if first.field else "") + first.message + more


def _logged() -> str:
    """Return the detail of an internal error: the request's id in the log, and nothing else."""
    context = current_request_context()
    return "The server failed, and has logged the error" + (f", request {context.id}" if context else "")


async def _operation_failed(request: Request, error: Exception) -> Response:
    return problem_of_error(error, request)


async def _invalid_body(request: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidBodyError)  # noqa: S101 - registered for this one
    return problem(request, error.kind, error.status, error.detail, error.errors, headers=error.headers)


async def _invalid_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    queries = request.scope["route"].dependant.query_params
    models = [model for query in queries for model in models_of(query.field_info.annotation)]
    # FastAPI's locations start with "query".
    errors = [{**details, "loc": details["loc"][1:]} for details in error.errors()]
    return problem(request, "invalid-request", 422, "", field_errors(errors, models, UNKNOWN_PARAMETER))


async def _busy(request: Request, error: Exception) -> Response:
    assert isinstance(error, BusyError)  # noqa: S101
    return problem(request, "busy", 503, str(error), headers={"Retry-After": str(error.retry_after)})


async def _draining(request: Request, error: Exception) -> Response:
    return problem(request, "draining", 503, str(error), headers={"Retry-After": "1"})


async def _body_too_large(request: Request, error: Exception) -> Response:
    most = error.args[0]
    message = f"The body exceeds the limit max_body_bytes = {most}"
    allowed = f"at most {most} (max_body_bytes, see /api/v1/limits)"
    return problem(request, "body-too-large", 413, message, [FieldError(field="", message=message, allowed=allowed)])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kind = _TYPE_OF_STATUS.get(error.status_code, "http-error")
    detail, headers = str(error.detail), error.headers
    if error.status_code == 405:
        headers = {"Allow": ", ".join(allowed_methods(request.scope))}
        detail = f"The methods of this path are {headers['Allow']}"
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    return problem(request, kind, error.status_code, detail, headers=headers)


async def _failed(request: Request, error: Exception) -> Response:
    # Starlette raises the error again after this, and the server logs its traceback; the client gets none of it.
    log.error("%s %s failed: %s", request.method, encoded_path(request.scope), type(error).__name__)
    # This response is made outside all middleware.
    headers = dict(security_headers(request.app.state.settings.frame_ancestors))
    context = current_request_context()
    if context is not None:
        headers["X-Request-ID"] = context.id
    return problem(request, "internal-error", 500, _logged(), headers=headers)


Handler = Callable[[Request, Exception], Awaitable[Response]]

_HANDLERS: Final[dict[type[Exception], Handler]] = {
    InvalidBodyError: _invalid_body,
    RequestValidationError: _invalid_query,
    RequestError: _operation_failed,
    EngineError: _operation_failed,
    BusyError: _busy,
    DrainingError: _draining,
    BodyTooLargeError: _body_too_large,
    HTTPException: _http,
    Exception: _failed,
}


def install_problem_handlers(app: FastAPI, page: ProblemPage) -> None:
    """Turn every error of `app` into a problem, or into a `page` where a person navigates."""
    app.state.problem_page = page
    for error, handler in _HANDLERS.items():
        app.add_exception_handler(error, handler)
