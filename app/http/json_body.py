"""JSON of any length: long bodies are parsed in pieces, so that other threads run in between and memory is bounded."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from pydantic_core import from_json

PIECE_BYTES: Final = 32_768
"""A body up to this length is parsed in one go: a millisecond at most."""
_PART: Final = 262_144
MAX_DEPTH: Final = 200
"""Nesting that is parsed; the limit of the parser inside pydantic, which reads the pieces."""
MAX_DIGITS: Final = 4_300
"""Digits of a whole number that are parsed; Python's own limit."""

MAX_STRING_PARTS: Final = 20_000
"""Escapes, and stretches of up to 50 bytes between them, in one string of a body longer than `PIECE_BYTES`."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# Estimates, in bytes, of what the parsed values take: an empty list, an object with up to five fields, half a string
# (each has two quotes), an item of a list, and a number that Python does not share.
_LIST, _OBJECT, _QUOTE, _ITEM, _NUMBER = 88, 200, 54, 8, 32

_SPACE: Final = b" \t\n\r"
# What has no string and no bracket; after it a string; a short list of numbers or of such lists, as the images of
# examples are; a quote or bracket by itself; or nothing. All is bounded: other threads wait while a token is matched.
_TOKEN: Final = re.compile(
    rb'[^"\[\]{}]{0,%d}+('
    rb'"[^"\\]{0,50}+(?:\\.|[^"\\]{1,50}+){0,%d}+"'
    rb'|\[(?:[^"\[\]{}]{0,500}+\[[^"\[\]{}]{0,500}+\]){0,32}+[^"\[\]{}]{0,500}+\]'
    rb'|["\[\]{}]|)' % (PIECE_BYTES, MAX_STRING_PARTS),
    re.DOTALL,
)
_PLACE: Final = re.compile(r" at line (\d+) column (\d+)$")
_AS_ZEROS: Final = bytes.maketrans(b"123456789+-.eE", b"0" * 14)
_QUOTE_MARK, _LIST_START, _OBJECT_START = b'"[{'
_END_OF: Final = {_LIST_START: ord("]"), _OBJECT_START: ord("}")}

_CLEARER: Final = {
    "number out of range": f"a whole number is too long: at most {MAX_DIGITS:,} digits are read",
    "unexpected end of hex escape": r"a \u escape is incomplete, or half a surrogate pair",
    "lone leading surrogate in hex escape": r"a \u escape is half a surrogate pair",
    "recursion limit exceeded": f"lists and objects are nested too deeply: at most {MAX_DEPTH} levels are read",
    "expected ident": "expected a value",
    "expected value": "expected a value",
}


class JSONSyntaxError(ValueError):
    """Bytes are not JSON; the message says why, and at which line and column (in bytes, from 1)."""


class ParsedSizeError(ValueError):
    """The parsed values would take more memory than is allowed; `estimate` is in bytes."""

    def __init__(self, estimate: int) -> None:
        super().__init__(f"parsed values take {estimate} bytes")
        self.estimate = estimate


def parse_json(raw: bytes, max_parsed_bytes: int) -> Any:
    """Return the value that JSON text stands for; of a name that an object has twice, the last value counts.

    Raises
    ------
    JSONSyntaxError
        If it is not JSON, or beyond `MAX_DEPTH` or `MAX_DIGITS`.
    ParsedSizeError
        Before the values take more than `max_parsed_bytes`, by an estimate that is rather too large than too small.
    """
    if len(raw) > PIECE_BYTES:
        estimate = sum(_parsed_bytes(raw[start : start + _PART]) for start in range(0, len(raw), _PART))
        if estimate > max_parsed_bytes:
            raise ParsedSizeError(estimate)
    return _Parser(raw).parse()


def _parsed_bytes(part: bytes) -> int:
    """Return an estimate of the memory that the values of a part of JSON text take, rather too large than too small."""
    items = part.count(b",") + 1
    estimate = (
        _LIST * part.count(b"[")
        + _OBJECT * part.count(b"{")
        + _QUOTE * part.count(b'"')
        + _ITEM * items
        + _NUMBER * min(items, part.translate(_AS_ZEROS).count(b"000"))
    )
    if part.isascii() and b"\\" not in part:
        return estimate
    return estimate + 4 * len(part)  # a single character beyond ASCII makes all of a string wider


_uncollected = 0
_counting = Lock()


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Suspend garbage collection while a large value is built: each pass over it would stop all threads for 0.1 s.

    JSON has no cycles, so that there is nothing to collect of it.
    """
    global _uncollected
    with _counting:
        _uncollected += 1
        gc.disable()
    try:
        yield
    finally:
        with _counting:
            _uncollected -= 1
            if not _uncollected:
                gc.enable()


class _Container:
    """A list or an object whose end has not been reached.

    Attributes
    ----------
    value
        What has been parsed of it; None as long as nothing has.
    rest
        Where the part begins that has not been parsed.
    key
        Start and end of the last string directly in it.
    wants_item, wants_comma
        True if `rest` must begin with an item (after a comma), or with a comma (after a value parsed on its own).
    """

    __slots__ = ("key", "opener", "rest", "start", "value", "wants_comma", "wants_item")

    def __init__(self, start: int, opener: int) -> None:
        self.start = start
        self.opener = opener
        self.rest = start + 1
        self.value: Any = None
        self.key = (0, 0)
        self.wants_item = self.wants_comma = False


class _Parser:
    """Cuts a text at commas into pieces of about `PIECE_BYTES`, each of which pydantic's parser reads."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def parse(self) -> Any:
        raw = self._raw
        if len(raw) <= PIECE_BYTES:
            return self._read(0, len(raw), b"", b"")
        here: _Container | None = None
        around: list[_Container] = []
        end = 0
        for token in _TOKEN.finditer(raw):
            start, stop = token.span(1)
            if here is not None and start - here.rest > PIECE_BYTES:
                self._parse_items(here, end, start)
            if start == stop:
                continue
            byte = raw[start]
            if here is None:
                if raw[:start].strip(_SPACE) or byte not in _END_OF or stop > start + 1:
                    break  # it is no long list and no object, or not JSON: read in one go
                here = _Container(start, byte)
            else:
                if byte == _QUOTE_MARK:
                    if stop == start + 1:
                        raise self._error("the string has no end, or is too long", start)
                    here.key = start, stop
                elif stop > start + 1:
                    pass  # a whole list
                elif byte in _END_OF:
                    around.append(here)
                    if len(around) == MAX_DEPTH:
                        raise self._error("recursion limit exceeded", start)
                    here = _Container(start, byte)
                elif byte != _END_OF[here.opener]:
                    raise self._error(f"expected `,` or `{chr(_END_OF[here.opener])}`", start)
                elif not around:
                    return self._last(here, start)
                else:
                    here = self._closed(here, around.pop(), start)
            end = stop
        if here is None:
            return self._read(0, len(raw), b"", b"")
        raise self._error(f"EOF while parsing {'a list' if here.opener == _LIST_START else 'an object'}", len(raw))

    def _last(self, outermost: _Container, end: int) -> Any:
        """Return the whole value, whose last bracket is at `end`."""
        rest = self._raw[end + 1 :].lstrip(_SPACE)
        if rest:
            raise self._error("trailing characters", len(self._raw) - len(rest))
        if outermost.value is None:
            return self._read(outermost.start, end + 1, b"", b"")
        self._close(outermost, end)
        return outermost.value

    def _closed(self, inner: _Container, outer: _Container, end: int) -> _Container:
        """Continue in `outer` after the end of `inner`, which is a separate value only if it has been parsed."""
        if inner.value is not None:
            self._close(inner, end)
            if outer.opener == _LIST_START:
                self._end_with_comma(outer, inner.start)
                outer.value.append(inner.value)
            else:
                start, stop = outer.key
                if start < outer.rest or self._raw[stop : inner.start].strip(_SPACE) != b":":
                    raise self._error("expected a name and `:`", inner.start)
                self._end_with_comma(outer, start)
                outer.value[self._read(start, stop, b"", b"")] = inner.value
            outer.rest, outer.wants_comma, outer.wants_item = end + 1, True, False
        return outer

    def _parse_items(self, here: _Container, end: int, start: int) -> None:
        """Parse what is complete of `here`: up to commas between `end`, where its last token ends, and `start`."""
        while start - here.rest > PIECE_BYTES:
            least = max(here.rest, end)
            comma = self._raw.rfind(b",", least, min(start, here.rest + PIECE_BYTES))
            if comma < 0:
                comma = self._raw.find(b",", least, start)
            if comma < 0:
                return
            self._parse_to_comma(here, comma)

    def _end_with_comma(self, here: _Container, stop: int) -> None:
        """Parse the items before `stop`, where a value begins: all must be followed by a comma."""
        before = self._raw[here.rest : stop].rstrip(_SPACE)
        if before:
            if not before.endswith(b","):
                raise self._error(f"expected `,` or `{chr(_END_OF[here.opener])}`", stop)
            self._parse_to_comma(here, here.rest + len(before) - 1)
        elif here.wants_comma:
            raise self._error(f"expected `,` or `{chr(_END_OF[here.opener])}`", stop)
        elif here.value is None:
            here.value = [] if here.opener == _LIST_START else {}

    def _parse_to_comma(self, here: _Container, comma: int) -> None:
        """Parse the items up to a comma, of which there must be one at least, or a value parsed on its own before."""
        if not self._extend(here, comma) and not here.wants_comma:
            raise self._error("expected value", comma)
        here.rest, here.wants_item, here.wants_comma = comma + 1, True, False

    def _close(self, here: _Container, end: int) -> None:
        if not self._extend(here, end) and here.wants_item:
            raise self._error("trailing comma", end)

    def _extend(self, here: _Container, stop: int) -> bool:
        """Add the items up to `stop`; return False if there are none."""
        start = here.rest
        if here.wants_comma:
            text = self._raw[start:stop].lstrip(_SPACE)
            if not text:
                return False
            if not text.startswith(b","):
                raise self._error(f"expected `,` or `{chr(_END_OF[here.opener])}`", stop - len(text))
            start, here.wants_comma, here.wants_item = stop - len(text) + 1, False, True
        if not self._raw[start:stop].strip(_SPACE):
            return False
        is_list = here.opener == _LIST_START
        items = self._read(start, stop, b"[", b"]") if is_list else self._read(start, stop, b"{", b"}")
        if here.value is None:
            here.value = items
        elif is_list:
            here.value.extend(items)
        else:
            here.value.update(items)
        here.wants_item = False
        return True

    def _read(self, start: int, stop: int, before: bytes, after: bytes) -> Any:
        """Return the value of one piece, put between `before` and `after`."""
        piece = self._raw[start:stop]
        try:
            # A cache of 16,384 strings would keep the pages alive in which a long value lay.
            return from_json(before + piece + after, cache_strings="none")
        except ValueError as error:
            message = str(error)
            place = _PLACE.search(message)
            if place is None:
                raise JSONSyntaxError(message) from None
            lines = (before + piece).split(b"\n")[: int(place[1]) - 1]
            within = sum(len(line) + 1 for line in lines) + int(place[2]) - 1 - len(before)
            raise self._error(message[: place.start()], start + within) from None

    def _error(self, message: str, position: int) -> JSONSyntaxError:
        line = self._raw.count(b"\n", 0, position) + 1
        column = position - self._raw.rfind(b"\n", 0, position)
        text = _CLEARER.get(message, message)
        return JSONSyntaxError(f"{text[0].upper()}{text[1:]} at line {line}, column {column}")
