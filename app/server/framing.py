"""Splits what a connection receives into requests.

The parser reads heads alone. Where each head and each body ends is found here, because the parser does not say: so
only the bytes of a head count against its limit, trailers never get among the headers, and what follows a request
waits unparsed until that is answered. And a request that offers another protocol (`curl --http2` does with every one)
is read as any other: a server may ignore the offer (RFC 9110, section 7.8), for which the parser has no option.
"""

import asyncio
from typing import Any, Final

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .chunked import ChunkedDecoder
from .request_head import InvalidRequestError, body_length, origin_form

MAX_HEAD_BYTES: Final = 65_536
"""Bytes of a request line and headers; and of a body's chunk extensions and trailers."""

_MAX_UNREAD_BYTES: Final = 65_536
"""Received bytes that may wait unread before reading pauses."""
_END_OF_HEAD: Final = b"\r\n\r\n"


class _InputFlow(FlowControl):
    """uvicorn's flow control, but reading does not resume while too much that is received is unread."""

    full = False

    def resume_reading(self) -> None:
        if not self.full:
            super().resume_reading()


class FramedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol that reads one request after another, by strict rules.

    `_arriving` is True from the first byte of a request to its last.
    """

    flow: _InputFlow

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._received = b""  # what is not read yet begins at _position
        self._position = 0
        self._is_scheduled = False
        self._arriving = self._in_head = False
        self._head_bytes = 0
        self._head_tail = b""  # the last bytes of an incomplete head, where its end may have begun
        self._body_left = 0
        self._chunks: ChunkedDecoder | None = None
        self._may_keep_alive = False
        self._at_end = False  # the client has closed its sending side

    # Called by the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        super().connection_made(transport)
        self.flow = _InputFlow(transport)

    def data_received(self, data: bytes) -> None:
        """Read `data`, or keep it until the request before it is answered."""
        self._received = self._received[self._position :] + data if self._received else data
        self._position = 0
        if self._is_scheduled:
            self._limit_reading()
        else:
            self._read()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what has been received in full; return True if that is not done yet."""
        self._at_end = True
        self._close_if_done()
        return not self.transport.is_closing()

    # Called by the parser

    def on_headers_complete(self) -> None:
        """Check the head, and start to answer."""
        method = self.parser.get_method()
        self.scope["method"] = method.decode("ascii")
        version = self.parser.get_http_version()
        self.url, host = origin_form(method, self.url)
        length = body_length(version, self.headers)
        if host is not None:
            self.headers[:] = [(name, host if name == b"host" else value) for name, value in self.headers]
        if version == "1.0":
            self.expect_100_continue = False
        super().on_headers_complete()
        self._in_head = False
        self._body_left = length or 0
        self._chunks = ChunkedDecoder(MAX_HEAD_BYTES) if length is None else None
        self._may_keep_alive = self.cycle.keep_alive
        # A response that begins before the whole request has arrived is the last of its connection.
        self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Do nothing: the parser sees no bodies."""

    # Called by uvicorn

    def on_response_complete(self) -> None:
        """Read what has been received meanwhile."""
        super().on_response_complete()
        if self._received and not self._is_scheduled and not self.transport.is_closing():
            self._read_soon()
        self._close_if_done()

    # For subclasses

    def refuse(self, error: InvalidRequestError) -> None:
        """Answer with a problem and close the connection."""
        raise NotImplementedError

    def on_request_begin(self) -> None:
        """Record the first byte of a request."""
        self._unset_keepalive_if_required()
        self._arriving = self._in_head = True
        self._head_bytes = 0
        self._head_tail = b""

    def on_request_complete(self) -> None:
        """Record the last byte of a request."""
        self._arriving = False
        self._chunks = None
        self.parser = httptools.HttpRequestParser(self)
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._may_keep_alive
        super().on_message_complete()

    def is_answering(self) -> bool:
        """Return True between the head of a request and the end of its response."""
        return self.cycle is not None and not self.cycle.response_complete

    def _drop_received(self) -> None:
        self._received, self._position = b"", 0
        self.flow.full = False

    def _read_soon(self) -> None:
        self._is_scheduled = True
        self.loop.call_soon(self._read)

    def _read(self) -> None:
        """Read what has been received, up to the end of a request."""
        self._is_scheduled = False
        try:
            while self._position < len(self._received) and not self.transport.is_closing():
                if not self._arriving:
                    if self.is_answering() or not self._skip_blank_lines():
                        break
                    self.on_request_begin()
                if self._in_head:
                    self._read_head()
                elif self._chunks is None:
                    self._read_body()
                elif self._read_chunks(self._chunks):
                    break
        except InvalidRequestError as error:
            self.refuse(error)
        if self._position >= len(self._received):
            self._received, self._position = b"", 0
        self._limit_reading()
        self._close_if_done()

    def _close_if_done(self) -> None:
        """Close the connection if no more can come, and all that has come in full is answered."""
        if self._at_end and not self._is_scheduled and (self._arriving or not (self._received or self.is_answering())):
            self.transport.close()

    def _skip_blank_lines(self) -> bool:
        """Skip what RFC 9112, section 2.2, lets a server skip before a request; return True if anything follows."""
        if self._received[self._position] in b"\r\n":
            self._received = self._received[self._position :].lstrip(b"\r\n")
            self._position = 0
        return bool(self._received)

    def _read_head(self) -> None:
        """Parse up to the end of the head, or all that has been received of it."""
        part = self._received[self._position : self._position + MAX_HEAD_BYTES - self._head_bytes]
        seen = self._head_tail + part
        end = seen.find(_END_OF_HEAD)
        if end >= 0:
            part = part[: end + len(_END_OF_HEAD) - len(self._head_tail)]
        self._position += len(part)
        self._head_bytes += len(part)
        self._head_tail = seen[-3:]
        self._parse(part)
        if end < 0 and self._head_bytes >= MAX_HEAD_BYTES:
            raise InvalidRequestError(
                431, "head-too-large", f"The request's head exceeds the limit of {MAX_HEAD_BYTES} bytes"
            )
        if self._in_head is (end >= 0):
            raise InvalidRequestError.of("The request's head does not end with an empty line")
        if end >= 0 and not self._body_left and self._chunks is None:
            self.on_request_complete()

    def _parse(self, part: bytes) -> None:
        try:
            self.parser.feed_data(part)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError as error:
            if isinstance(error.__context__, InvalidRequestError):
                raise error.__context__ from None
            raise InvalidRequestError.of(f"The request is not valid HTTP/1.1: {error}") from error

    def _read_body(self) -> None:
        start = self._position
        part = self._received[start : start + self._body_left]
        self._position += len(part)
        self._body_left -= len(part)
        self.on_body(part)
        if not self._body_left:
            self.on_request_complete()

    def _read_chunks(self, chunks: ChunkedDecoder) -> bool:
        """Decode a bounded part; return True if the rest waits for the next iteration of the loop."""
        content, self._position = chunks.decode(self._received, self._position)
        if content:
            self.on_body(content)
        if chunks.finished:
            self.on_request_complete()
            return False
        if self._position < len(self._received):
            self._read_soon()
            return True
        return False

    def _limit_reading(self) -> None:
        if len(self._received) - self._position > _MAX_UNREAD_BYTES:
            self.flow.full = True
            self.flow.pause_reading()
        elif self.flow.full:
            self.flow.full = False
            # A long body that is not taken yet keeps reading paused; the cycle resumes it.
            if not self._arriving or not self.cycle or len(self.cycle.body) <= HIGH_WATER_LIMIT:
                self.flow.resume_reading()
