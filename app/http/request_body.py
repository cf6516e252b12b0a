"""Parses the bytes of a request's body to its model: content coding, JSON or .npy, validation."""

import zlib
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.types import Scope

from ..execution.free_memory import return_freed_memory
from ..schemas.base import RequestModel
from ..schemas.field_errors import UNKNOWN_PARAMETER, field_errors
from ..schemas.json_repr import json_repr
from ..schemas.limits import Limits, limit_texts
from ..schemas.npy import NpyError, read_npy
from ..schemas.problem import FieldError
from .json_body import BYTE_ORDER_MARK, PIECE_BYTES, JSONSyntaxError, ParsedSizeError, no_garbage_collection, parse_json
from .negotiation import JSON, NPY
from .problems import BodyTooLargeError, InvalidBodyError, summary

_INFLATE_BYTES: Final = 65_536
"""Bytes that are decompressed at a time, so that other threads run in between."""
MAX_GZIP_MEMBERS: Final = 1_024
"""Members of one gzip body: an empty one takes time without adding to the length, which is limited."""
_GZIP: Final = {"gzip", "x-gzip"}
_CODED: Final = 31  # zlib's number for a gzip header around the largest window


@dataclass(frozen=True)
class BodyFormat:
    """The format of a body, by the headers and the address of its request.

    Attributes
    ----------
    is_npy
        True for an array as `numpy.save` writes it, False for JSON.
    is_gzip
        True if that is compressed.
    query
        The query string, which has the other fields beside an array.
    """

    is_npy: bool
    is_gzip: bool
    query: bytes


PLAIN_JSON: Final = BodyFormat(is_npy=False, is_gzip=False, query=b"")


def format_of(scope: Scope, model: type[RequestModel]) -> BodyFormat:
    """Return the format of the body of a request for `model`.

    Raises
    ------
    InvalidBodyError
        If the format is not supported: a 415.
    """
    content_type = content_coding = b""
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type = value
        elif name == b"content-encoding":
            content_coding = value
    if content_type == b"application/json" and not content_coding:
        return PLAIN_JSON
    is_npy = _media_type(content_type.decode("latin-1"), model) == NPY
    return BodyFormat(is_npy, _is_gzip(content_coding.decode("latin-1")), scope["query_string"] if is_npy else b"")


def _media_type(content_type: str, model: type[RequestModel]) -> str:
    media_type, _, parameters = content_type.partition(";")
    media_type = media_type.strip().lower()
    allowed = [JSON] if model.array_field is None else [JSON, NPY]
    if media_type not in allowed:
        what = " or ".join(allowed)
        detail = f"Content-Type {json_repr(content_type)} is not {what}"
        error = FieldError(field="Content-Type", message=detail, value=json_repr(content_type), allowed=what)
        raise InvalidBodyError("unsupported-media-type", 415, detail, [error], {"Accept": ", ".join(allowed)})
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            raise _not_utf8()
    return media_type


def _is_gzip(content_coding: str) -> bool:
    codings = [coding for part in content_coding.split(",") if (coding := part.strip().lower()) not in ("", "identity")]
    if not codings:
        return False
    if len(codings) == 1 and codings[0] in _GZIP:
        return True
    detail = f"Content-Encoding {json_repr(content_coding)} is not gzip"
    error = FieldError(
        field="Content-Encoding", message=detail, value=json_repr(content_coding), allowed="gzip, or none"
    )
    raise InvalidBodyError("unsupported-media-type", 415, detail, [error], {"Accept-Encoding": "gzip"})


def parse_body(model: type[RequestModel], raw: bytes, form: BodyFormat, limits: Limits) -> RequestModel:
    """Return the request that a body contains.

    Parameters
    ----------
    model
        The model of the request.
    raw
        The body.
    form
        Its format.
    limits
        Limits of this server.

    Raises
    ------
    InvalidBodyError
        If it is invalid; with everything the problem needs, so that this thread and not the event loop collects it.
    BodyTooLargeError
        If it is too long after decompression.
    """
    if form.is_gzip:
        raw = inflate(raw, limits.max_body_bytes)
    # When garbage collection resumes, only the request itself is left of a long body.
    with no_garbage_collection() if len(raw) > PIECE_BYTES else nullcontext():
        try:
            return _validated(model, raw, form, limits)
        except InvalidBodyError as error:
            # The traceback refers to the parsed values, which would be freed on the event loop after the response.
            error.__context__ = None
            error.__traceback__ = None
            if len(raw) > PIECE_BYTES:
                return_freed_memory()
            raise


def _validated(model: type[RequestModel], raw: bytes, form: BodyFormat, limits: Limits) -> RequestModel:
    value = _npy_request(model, raw, form.query) if form.is_npy else _json(raw, limits)
    try:
        return model.model_validate(value, context=limits)
    except ValidationError as error:
        details = error.errors(include_url=False)
    # Models that take an array have no nested fields, so an unknown name is that of a query parameter.
    errors = field_errors(details, [model], UNKNOWN_PARAMETER) if form.is_npy else field_errors(details, [model])
    kind = "limit-exceeded" if details[0]["type"] == "limit" else "invalid-request"
    raise InvalidBodyError(kind, 422, summary(errors), errors)


def inflate(raw: bytes, most: int) -> bytes:
    """Decompress gzip data of one or several members.

    Raises
    ------
    InvalidBodyError
        If the data is damaged or incomplete.
    BodyTooLargeError
        Before it is longer than `most` bytes.
    """
    parts: list[bytes] = []
    length = position = 0
    piece = b""  # zlib copies its unused input, so it gets the body in pieces
    try:
        for _ in range(MAX_GZIP_MEMBERS):
            member = zlib.decompressobj(_CODED)
            while not member.eof:
                if not piece:
                    piece = raw[position : position + _INFLATE_BYTES]
                    position += len(piece)
                part = member.decompress(piece, _INFLATE_BYTES)
                if not part and not piece and not member.eof:
                    raise _invalid_gzip("ends before the compressed data does")
                piece = member.unconsumed_tail
                parts.append(part)
                length += len(part)
                if length > most:
                    raise BodyTooLargeError(most)
            piece = member.unused_data
            if not piece and position == len(raw):
                return b"".join(parts)
    except zlib.error as error:
        raise _invalid_gzip(f"is damaged: {error}") from None
    raise _invalid_gzip(f"has more than {MAX_GZIP_MEMBERS} members")


def _invalid_gzip(what: str) -> InvalidBodyError:
    detail = f"The body is declared as gzip, and {what}"
    allowed = f"complete gzip data of at most {MAX_GZIP_MEMBERS} members"
    return InvalidBodyError("invalid-gzip", 400, detail, [FieldError(field="", message=detail, allowed=allowed)])


def _json(raw: bytes, limits: Limits) -> Any:
    try:
        return parse_json(raw, limits.max_parsed_bytes)
    except JSONSyntaxError as error:
        if raw.startswith(BYTE_ORDER_MARK):
            detail = "The body begins with a byte order mark (EF BB BF), which JSON does not allow; send it without"
        elif not _is_utf8(raw):
            raise _not_utf8() from None
        else:
            detail = str(error)
        errors = [FieldError(field="", message=detail, allowed="one JSON value in UTF-8")]
        raise InvalidBodyError("invalid-json", 400, detail, errors) from None
    except ParsedSizeError as error:
        most = limits.max_parsed_bytes
        what = "the estimated size of the parsed body in bytes"
        message, allowed = limit_texts("max_parsed_bytes", most, what, error.estimate)
        raise InvalidBodyError(
            "limit-exceeded", 422, message, [FieldError(field="", message=message, allowed=allowed)]
        ) from None


def _npy_request(model: type[RequestModel], raw: bytes, query: bytes) -> Mapping[str, Any]:
    """Return an array and the parameters of a query, each written as in JSON, as the fields of `model`."""
    field = model.array_field
    assert field is not None  # noqa: S101 - format_of lets no other pass
    try:
        array = read_npy(raw)
    except NpyError as error:
        errors = [FieldError(field=field, message=str(error), allowed="an array of numbers as numpy.save writes it")]
        raise InvalidBodyError("invalid-npy", 400, f"{field}: {error}", errors) from None
    options = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    if field in options:
        message = "The body is this field"
        errors = [FieldError(field=field, message=message, value=json_repr(options[field]))]
        raise InvalidBodyError("invalid-request", 422, f"{field}: {message}", errors)
    return {**{name: _option(text) for name, text in options.items()}, field: array}


def _option(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:
        return text  # a word needs no quotes


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _not_utf8() -> InvalidBodyError:
    detail = "The body is not UTF-8"
    return InvalidBodyError("not-utf-8", 400, detail, [FieldError(field="", message=detail, allowed="JSON in UTF-8")])
