"""Content negotiation by the fields Accept and Accept-Encoding (RFC 9110, section 12.5)."""

import re
from functools import lru_cache
from typing import Final

from starlette.types import Scope

EVENT_STREAM: Final = "text/event-stream"
JSON: Final = "application/json"
NPY: Final = "application/octet-stream"
"""An array as numpy.save writes it; the format has no media type registered for it."""

_IS_WEIGHT: Final = re.compile(r"0(\.\d*)?|1(\.0*)?").fullmatch


def accepts_gzip(scope: Scope) -> bool:
    """Return True if a client accepts gzip, and weights it at least as much as no encoding."""
    return _prefers_gzip(_field(scope, b"accept-encoding"))


def prefers_event_stream(scope: Scope) -> bool:
    """Return True if a client prefers an event stream to JSON; with equal weights, a stream that is named wins."""
    return _prefers(_field(scope, b"accept"), EVENT_STREAM, JSON, if_equal=True)


def prefers_npy(scope: Scope) -> bool:
    """Return True if a client prefers .npy to JSON; with equal weights, .npy wins if it is named."""
    return _prefers(_field(scope, b"accept"), NPY, JSON, if_equal=True)


def accepts_json(scope: Scope) -> bool:
    """Return True if a client accepts JSON."""
    return _weight(_weights(_field(scope, b"accept")), JSON) > 0


def prefers_html(scope: Scope) -> bool:
    """Return True if a client prefers a page to JSON, as browsers do for what a person navigates to."""
    return _prefers(_field(scope, b"accept"), "text/html", JSON, if_equal=False)


def _field(scope: Scope, name: bytes) -> bytes:
    """Return all values of a field as one list."""
    return b",".join(value for given, value in scope["headers"] if given == name)


# Few values occur, one for each kind of client; parsing one takes as long as a small network's forward pass.
@lru_cache(maxsize=64)
def _prefers_gzip(accepted: bytes) -> bool:
    weights = _weights(accepted)
    weight = weights.get("gzip", weights.get("*", 0))
    return weight > 0 and weight >= weights.get("identity", 0)


@lru_cache(maxsize=64)
def _prefers(accepted: bytes, media_type: str, other: str, *, if_equal: bool) -> bool:
    weights = _weights(accepted)
    ours, theirs = _weight(weights, media_type), _weight(weights, other)
    return ours > theirs or (if_equal and media_type in weights and ours == theirs > 0)


def _weight(weights: dict[str, float], media_type: str) -> float:
    """Return the weight of the most specific range that contains the media type; 1 if there is no range at all."""
    if not weights:
        return 1
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0)


def _weights(field: bytes) -> dict[str, float]:
    """Return the weight of each member, without its other parameters; an invalid weight is 0."""
    weights: dict[str, float] = {}
    for member in field.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in member.split(";"))
        weight = next((part.partition("=")[2] for part in parameters if part.startswith("q=")), "1")
        if name:
            weights[name] = max(weights.get(name, 0), float(weight) if _IS_WEIGHT(weight) else 0)
    return weights
