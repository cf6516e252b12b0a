"""Bodies and requests that are no such thing, as bytes to a server process: refused or cut off, and never its end."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.bodies import EIGHT, KERNEL, by_hand, forward, network
from tests.api.raw_http import exchange, request, statuses
from tests.conftest import MakeServer, Server

CLOSE = "Connection: close"
FORWARD = "/api/v1/forward"
GOOD = json.dumps(forward()).encode()
BODIES: dict[str, Any] = {
    "backward": {"network": network(), "seed": 0, "image": EIGHT, "label": 8},
    "convolve": {"input": EIGHT, "kernel": KERNEL, "padding": 1},
    "evaluate": {"network": network(), "seed": 0, "examples": [{"image": EIGHT, "label": 8}]},
    "explain": {
        "network": network(),
        "image": EIGHT,
        "cells": ["conv[0][0][0]"],
        "parameters": forward()["parameters"],
    },
    "forward": forward(),
    "output-size": {"size": 5, "layers": [{"kernel_size": 3}]},
    "pool": {"input": EIGHT, "kind": "max", "kernel_size": 2},
    "replay": {"network": network(), "image": EIGHT, "snapshots": [forward()["parameters"]]},
    "responses": {"image": EIGHT},
    "train": by_hand(),
}


@pytest.fixture(scope="module")
def five(make_server: MakeServer) -> Iterator[Server]:
    """A server that waits for nobody, and that all of this leaves unharmed."""
    server = make_server(environment={"FIVEBYFIVE_REQUEST_TIMEOUT": "0.5", "FIVEBYFIVE_KEEP_ALIVE_TIMEOUT": "1"})
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.written(), server.written()


def assert_alive(server: Server) -> None:
    assert statuses(exchange(server, request(FORWARD, GOOD, CLOSE))) == [200]


def assert_refused(server: Server, sent: bytes, *, leave: bool = False) -> None:
    """Each reply is a 4xx problem; where there is none, the connection was closed. The next request works."""
    reply = exchange(server, sent, leave=leave)
    assert all(400 <= status < 500 for status in statuses(reply)), reply[:500]
    assert reply.count(b"application/problem+json") == len(statuses(reply))
    assert_alive(server)


def chunked(*pieces: bytes) -> bytes:
    return request(FORWARD, b"", CLOSE, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"") + b"".join(
        pieces
    )


def with_image(number: bytes) -> bytes:
    """The good body with another number in its image."""
    return GOOD.replace(b'"image": [[0', b'"image": [[' + number)


REFUSED: dict[str, bytes] = {
    "nothing": request(FORWARD, b"", CLOSE),
    "half a body": request(FORWARD, GOOD[:100], CLOSE),
    "an object in 100,000 objects": request(FORWARD, b'{"a":' * 100_000, CLOSE),
    "a list in 100,000 lists, closed": request(FORWARD, b"[" * 100_000 + b"]" * 100_000, CLOSE),
    "lists in the place of numbers": request(FORWARD, with_image(b"[" * 150 + b"]" * 150), CLOSE),
    "a number beyond float64": request(FORWARD, with_image(b"1e400"), CLOSE),
    "a whole number of 5,000 digits": request(FORWARD, with_image(b"1" + b"0" * 5_000), CLOSE),
    "a million digits": request(FORWARD, with_image(b"9" * 1_000_000), CLOSE),
    "an exponent of a million digits": request(FORWARD, with_image(b"1e" + b"9" * 1_000_000), CLOSE),
    "NaN": request(FORWARD, with_image(b"NaN"), CLOSE),
    "Infinity": request(FORWARD, with_image(b"-Infinity"), CLOSE),
    "UTF-16": request(FORWARD, GOOD.decode().encode("utf-16"), CLOSE),
    "UTF-32": request(FORWARD, GOOD.decode().encode("utf-32"), CLOSE),
    "latin-1": request(FORWARD, GOOD.replace(b"conv", b"conv\xe9"), CLOSE),
    "a byte order mark": request(FORWARD, b"\xef\xbb\xbf" + GOOD, CLOSE),
    "NUL bytes": request(FORWARD, GOOD.replace(b" ", b"\x00"), CLOSE),
    "half a surrogate": request(FORWARD, GOOD.replace(b'"conv"', b'"\\ud800"'), CLOSE),
    "half of gzip": request(FORWARD, gzip.compress(GOOD)[:-20], CLOSE, "Content-Encoding: gzip"),
    "JSON that is called gzip": request(FORWARD, GOOD, CLOSE, "Content-Encoding: gzip"),
    "a coding that is not read": request(FORWARD, GOOD, CLOSE, "Content-Encoding: br"),
    "keys that are twice there": request(FORWARD, GOOD[:-1] + b', "image": 3}', CLOSE),
    "another type": request(FORWARD, GOOD, CLOSE, "Content-Type: text/xml"),
    "more than the limit": request(FORWARD, b" " * (12 * 1024 * 1024 + 1), CLOSE),
    "a length of 20 digits": request(FORWARD, GOOD, CLOSE, length=10**20),
    "a negative length": request(FORWARD, GOOD, CLOSE, length=-1),
    "two lengths": request(FORWARD, GOOD, CLOSE, "Content-Length: 5"),
    "a length and chunks": request(FORWARD, GOOD, CLOSE, "Transfer-Encoding: chunked"),
    "another transfer coding": request(FORWARD, GOOD, CLOSE, "Transfer-Encoding: gzip"),
    "a chunk whose length is no number": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than it says": chunked(b"2\r\n{}{}{}\r\n0\r\n\r\n"),
    "a chunk of nearly 2^64 bytes": chunked(b"ffffffffffffffff\r\n{}"),
    "a negative chunk": chunked(b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunks of nothing in particular": chunked(b"1\r\n{\r\n1\r\n1\r\n1\r\n}\r\n0\r\n\r\n"),
    "a name with a space": request(FORWARD, GOOD, CLOSE, "Na me: 1"),
    "a header without an end": request(FORWARD, GOOD, CLOSE, "X: " + "x" * 200_000),
    "10,000 headers": request(FORWARD, GOOD, *[f"X-{n}: {n}" for n in range(10_000)]),
    "a path of 100,000 letters": request("/" + "a" * 100_000, b"", CLOSE),
    "a path that is not ASCII": request("/\xff\xfe", b"", CLOSE),
    "a path of broken escapes": request("/%ff%00%zz/../..", b"", CLOSE),
    "no path": request("", b"", CLOSE),
    "a method nobody has": request(FORWARD, GOOD, CLOSE, method="BREW"),
    "CONNECT": request("five.test:443", b"", CLOSE, method="CONNECT"),
    "HTTP/9.9": request(FORWARD, GOOD, CLOSE).replace(b"HTTP/1.1", b"HTTP/9.9"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "a greeting": b"EHLO five.test\r\n",
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_or_cut_off(five: Server, sent: bytes) -> None:
    assert_refused(five, sent)


@pytest.mark.parametrize("length", [len(GOOD) + 1, 10**6])
def test_a_body_that_breaks_off_is_not_answered_with_a_success(five: Server, length: int) -> None:
    sent = request(FORWARD, GOOD, CLOSE, length=length)
    assert_refused(five, sent)
    assert_refused(five, sent, leave=True)
    assert_refused(five, chunked(b"5\r\n" + GOOD[:5]), leave=True)


def test_a_body_shorter_than_it_is_leaves_the_rest_as_the_next_request(five: Server) -> None:
    assert_refused(five, request(FORWARD, GOOD, length=10))


def test_good_and_bad_requests_in_one_go_are_answered_in_their_order(five: Server) -> None:
    good, bad = request(FORWARD, GOOD), request(FORWARD, b"{")
    assert statuses(exchange(five, good + bad + good + request(FORWARD, b"{}", CLOSE))) == [200, 400, 200, 422]
    assert statuses(exchange(five, good * 50 + request(FORWARD, GOOD, CLOSE))) == [200] * 51
    # After what is no HTTP nothing can be made out any more.
    assert set(statuses(exchange(five, good + b"\x00\x01\x02" + good))) <= {200, 400}
    assert_alive(five)


def test_a_wish_for_another_protocol_is_not_granted_and_the_request_is_answered(five: Server) -> None:
    wish = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA")
    reply = exchange(five, request("/healthz", b"", *wish, method="GET"), leave=True)
    assert 101 not in statuses(reply)
    assert all(status < 500 for status in statuses(reply))
    assert_alive(five)


def test_expect_100_continue_is_granted(five: Server) -> None:
    reply = exchange(five, request(FORWARD, GOOD, CLOSE, "Expect: 100-continue"))
    assert statuses(reply) == [100, 200]


RELAXED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole`, with some of its bytes replaced by any."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(whole)))
        end = draw(st.integers(start, min(len(whole), start + 20)))
        other = draw(
            st.one_of(st.binary(max_size=10), st.sampled_from([b"null", b"-1", b"1e999", b"[]", b'""', b"{}"]))
        )
        whole = whole[:start] + other + whole[end:]
    return whole


@pytest.mark.parametrize("path", BODIES)
def test_any_bytes_as_a_body_are_refused_or_make_sense(five: Server, path: str) -> None:
    whole = json.dumps(BODIES[path]).encode()

    @RELAXED
    @given(st.one_of(st.binary(max_size=200), damaged(whole)))
    def try_out(body: bytes) -> None:
        [status] = statuses(exchange(five, request(f"/api/v1/{path}", body, CLOSE)))
        assert status == 200 or 400 <= status < 500

    assert statuses(exchange(five, request(f"/api/v1/{path}", whole, CLOSE))) == [200]
    try_out()
    assert_alive(five)


@RELAXED
@given(st.one_of(st.binary(max_size=300), damaged(request(FORWARD, GOOD, CLOSE))))
def test_any_bytes_as_a_request_are_refused_or_make_sense(five: Server, sent: bytes) -> None:
    assert all(status < 500 for status in statuses(exchange(five, sent, leave=True)))
