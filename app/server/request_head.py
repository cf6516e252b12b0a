"""The rules for a request's head that the parser does not check."""

import re
from collections.abc import Sequence
from typing import Final, Self

_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?")
_TARGET: Final = re.compile(rb"/[!-\"$-~]*")
_ABSOLUTE_TARGET: Final = re.compile(rb"https?://([^/?#]*)([!-\"$-~]*)", re.IGNORECASE)


class InvalidRequestError(Exception):
    """The request breaks HTTP's rules or a limit of the connection; it is answered with a problem.

    Parameters
    ----------
    status, kind, detail
        Of the problem.
    """

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail

    @classmethod
    def of(cls, detail: str) -> Self:
        """Return the error for what is not valid HTTP."""
        return cls(400, "not-http", detail)


def origin_form(method: bytes, target: bytes) -> tuple[bytes, bytes | None]:
    """Return the path and query of a request target, and its host if it names one (RFC 9112, section 3.2).

    Raises
    ------
    InvalidRequestError
        If it is not a path or an http URL.
    """
    if method == b"CONNECT":
        raise InvalidRequestError.of("CONNECT is for proxies, and this server is none")
    if _TARGET.fullmatch(target):
        return target, None
    if method == b"OPTIONS" and target == b"*":
        return b"/", None
    absolute = _ABSOLUTE_TARGET.fullmatch(target)
    if absolute is None or not _HOST.fullmatch(absolute[1]):
        raise InvalidRequestError.of("The request target must be a path such as /healthz, or an http URL")
    path = absolute[2]
    return (path if path.startswith(b"/") else b"/" + path), absolute[1]


def body_length(version: str, headers: Sequence[tuple[bytes, bytes]]) -> int | None:
    """Return the length of the body after a head in bytes; None for a chunked body (RFC 9112, section 6.3).

    Parameters
    ----------
    version
        Of HTTP: 1.0 or 1.1.
    headers
        Names in lower case, and values.

    Raises
    ------
    InvalidRequestError
        If the length or the requested host is ambiguous (RFC 9112, section 3.2).
    """
    hosts, lengths, codings = [], [], []
    for name, value in headers:
        if name == b"host":
            hosts.append(value.strip(b" \t"))
        elif name == b"content-length":
            lengths.append(value.strip(b" \t"))
        elif name == b"transfer-encoding":
            codings.append(value)
    if version not in ("1.0", "1.1"):
        raise InvalidRequestError.of(f"HTTP/{version} is not spoken here, but HTTP/1.1")
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        raise InvalidRequestError.of(f"A request has one Host header, not {len(hosts)}")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise InvalidRequestError.of("The Host header is not a host name or address, with or without a port")
    if codings:
        if version == "1.0":
            raise InvalidRequestError.of("HTTP/1.0 has no Transfer-Encoding")
        if lengths:
            raise InvalidRequestError.of("A request has either Content-Length or Transfer-Encoding")
        *others, last = [coding.strip(b" \t").lower() for coding in b",".join(codings).split(b",")]
        if last != b"chunked" or b"chunked" in others:
            raise InvalidRequestError.of("The last transfer coding of a request is chunked, and no other is")
        if others:
            raise InvalidRequestError(501, "http-error", "The only transfer coding that is supported is chunked")
        return None
    if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
        raise InvalidRequestError.of("A request has one Content-Length, a whole number")
    return int(lengths[0]) if lengths else 0
