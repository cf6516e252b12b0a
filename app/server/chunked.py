"""The chunked transfer coding."""

import re
from typing import Final

from .request_head import InvalidRequestError

MAX_SIZE_LINE: Final = 18
"""Bytes of a chunk's size line without extensions: 16 hexadecimal digits and the line's end."""
MAX_STEPS: Final = 500
"""Lines and chunks that are read in one go, which takes about a millisecond; a chunk may be as short as a byte."""

_PLAIN_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_TRAILER: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n")
_END_OF_LINE: Final = b"\r\n"


class ChunkedDecoder:
    """Decodes a chunked body (RFC 9112, section 7.1); chunk extensions and trailers are dropped.

    Parameters
    ----------
    limit
        Bytes that all chunk extensions and trailers together may have.

    Attributes
    ----------
    finished
        Whether the end of the body has been read.
    """

    def __init__(self, limit: int) -> None:
        self.finished = False
        self._limit = limit
        self._dropped = 0
        self._left = 0  # bytes of the chunk that are still to come
        self._at_end_of_chunk = self._in_trailers = False
        self._line = b""

    def decode(self, data: bytes, start: int) -> tuple[bytes, int]:
        """Decode `data` from `start` on, as far as it belongs to the body, and at most `MAX_STEPS` lines and chunks.

        Returns
        -------
        tuple[bytes, int]
            The content, and the position in `data` up to which it has been read.

        Raises
        ------
        InvalidRequestError
            If this is not the chunked coding, or extensions and trailers exceed the limit.
        """
        content = []
        for _ in range(MAX_STEPS):
            if start >= len(data) or self.finished:
                break
            if self._left:
                part = data[start : start + self._left]
                content.append(part)
                self._left -= len(part)
                self._at_end_of_chunk = not self._left
                start += len(part)
            elif plain := self._plain_chunk(data, start):
                content.append(plain)
                start = data.index(b"\n", start) + 1 + len(plain) + len(_END_OF_LINE)
            else:
                start = self._read_line(data, start)
        return b"".join(content), start

    def _plain_chunk(self, data: bytes, start: int) -> bytes:
        """Return the next chunk if all of it is there, without extensions: nearly every chunk; else nothing."""
        size = None if self._line or self._at_end_of_chunk or self._in_trailers else _PLAIN_SIZE.match(data, start)
        if size is None:
            return b""
        end = size.end() + int(size[1], 16)
        return data[size.end() : end] if data.startswith(_END_OF_LINE, end) else b""

    def _read_line(self, data: bytes, start: int) -> int:
        """Read up to the end of a line, or of `data`; return the position after it."""
        end = data.find(b"\n", start) + 1 or len(data)
        self._line += data[start:end]
        if self._dropped + len(self._line) > self._limit + MAX_SIZE_LINE:
            raise InvalidRequestError(
                431, "head-too-large", f"Chunk extensions and trailers exceed the limit of {self._limit} bytes"
            )
        if self._line.endswith(b"\n"):
            line, self._line = self._line, b""
            self._take_line(line)
        return end

    def _take_line(self, line: bytes) -> None:
        if self._at_end_of_chunk:
            if line != _END_OF_LINE:
                raise InvalidRequestError.of("A chunk is longer than its size says")
            self._at_end_of_chunk = False
        elif not self._in_trailers:
            size = _SIZE.fullmatch(line)
            if size is None:
                raise InvalidRequestError.of("A chunk does not begin with its size in hexadecimal digits")
            self._left = int(size[1], 16)
            self._in_trailers = not self._left
            self._dropped += max(0, len(line) - MAX_SIZE_LINE)
        elif line == _END_OF_LINE:
            self.finished = True
        elif _TRAILER.fullmatch(line):
            self._dropped += len(line)
        else:
            raise InvalidRequestError.of("A trailer is not a field name, a colon and a value")
