"""Responses with constant content, such as the catalogue and the pages: compressed once, cached by ETag."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from ..execution.response_memory import reserve_response
from .negotiation import JSON, accepts_gzip

LEAST_COMPRESSED: Final = 1_024
"""Bytes below which compressing saves no packet."""

HTML: Final = "text/html; charset=utf-8"
CACHEABLE_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "Cache-Control")}},
    304: {"description": "The content that If-None-Match names is still current."},
}
"""OpenAPI description of a constant response."""


class ConstantContent:
    """A body that never changes: made, compressed and hashed once, on a thread, at the first request.

    Clients may cache it but must revalidate it each time, because an update of the service can change it. The ETag is
    strong.

    Parameters
    ----------
    make
        Returns the body.
    media_type
        Its Content-Type.
    """

    def __init__(self, make: Callable[[], bytes], media_type: str = JSON) -> None:
        self._make = make
        self._media_type = media_type
        self._lock = Lock()
        self._forms: tuple[_Form, _Form] | None = None

    async def response(self, request: Request) -> Response:
        """Return the body in an encoding that the client accepts, or a 304 if the client has it."""
        forms = self._forms
        if forms is None:
            forms = await asyncio.to_thread(self._made)
        plain, packed = forms
        form = packed if accepts_gzip(request.scope) else plain
        if _is_among(form.etag, request.headers.getlist("If-None-Match")):
            return Response(status_code=304, headers=form.validators)
        reserve_response(request.app.state.response_memory, len(form.body))
        return Response(form.body, headers=form.headers, media_type=self._media_type)

    def _made(self) -> "tuple[_Form, _Form]":
        with self._lock:
            if self._forms is not None:
                return self._forms
            body = self._make()
            tag = hashlib.sha256(body).hexdigest()[:16]
            plain = packed = _Form(body, tag)
            if len(body) >= LEAST_COMPRESSED:
                packed = _Form(gzip.compress(body, mtime=0), f"{tag}-gzip", {"Content-Encoding": "gzip"})
            self._forms = plain, packed
            return self._forms


class _Form:
    """A body in one encoding, and its headers."""

    def __init__(self, body: bytes, tag: str, more: dict[str, str] | None = None) -> None:
        self.body = body
        self.etag = f'"{tag}"'
        self.validators = {"ETag": self.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        self.headers = self.validators | (more or {})


def _is_among(etag: str, fields: list[str]) -> bool:
    """Return True if an If-None-Match field lists `etag`, by weak comparison as the field requires."""
    listed = {tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")}
    return etag in listed or "*" in listed
