"""What a connection may take of a server process: time, memory, company. Its limits here are a second or less."""

import contextlib
import json
import select
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from tests.api.bodies import DENSE, EIGHT, by_hand, forward, long_training, network
from tests.api.raw_http import exchange, request, statuses
from tests.conftest import MakeServer, Server

LIMITS = {
    "FIVEBYFIVE_REQUEST_TIMEOUT": "0.6",
    "FIVEBYFIVE_KEEP_ALIVE_TIMEOUT": "1",
    "FIVEBYFIVE_WRITE_TIMEOUT": "0.5",
}
FORWARD = "/api/v1/forward"


@pytest.fixture(scope="module")
def five(make_server: MakeServer) -> Iterator[Server]:
    server = make_server(environment=LIMITS)
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.written(), server.written()


@pytest.fixture
def connection(five: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", five.port), timeout=10) as opened:
        yield opened


def drip(connection: socket.socket, pieces: Iterable[bytes], every_seconds: float) -> bytes:
    """Send piece by piece until the server answers; its answer."""
    for piece in pieces:
        connection.sendall(piece)
        if select.select([connection], [], [], every_seconds)[0]:
            return connection.recv(65_536)
    raise AssertionError("there was no answer")


def open_connections(server: Server) -> int:
    """How many connections the server's process holds, by the table of the system."""
    assert server.process is not None
    own = {file.readlink().name for file in Path(f"/proc/{server.process.pid}/fd").iterdir() if file.is_symlink()}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    port = f":{server.port:04X}"
    return sum(
        f"socket:[{line.split()[9]}]" in own and line.split()[2] != "00000000:0000"
        for line in lines
        if port in line.split()[1]
    )


def test_who_says_nothing_is_not_kept(connection: socket.socket) -> None:
    assert connection.recv(1) == b""


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000, request(FORWARD, b" " * 1_000)])
def test_who_sends_byte_by_byte_gets_a_408_and_is_not_kept(connection: socket.socket, sent: bytes) -> None:
    # A whole head, then the body byte by byte; or the head itself.
    head, end, body = sent.partition(b"\r\n\r\n")
    if body:
        connection.sendall(head + end)
    reply = drip(connection, (bytes([byte]) for byte in body or sent), 0.05)
    assert statuses(reply) == [408]
    assert b'"type":"/docs#request-timeout"' in reply


def test_an_idle_connection_is_closed_and_a_blank_line_does_not_keep_it(connection: socket.socket) -> None:
    connection.sendall(request("/healthz", b"", method="GET"))
    assert statuses(connection.recv(65_536)) == [200]
    connection.sendall(b"\r\n")
    assert connection.recv(1) == b""


def test_each_request_of_a_connection_has_its_own_time(connection: socket.socket) -> None:
    for _ in range(4):
        sent = request("/healthz", b"", method="GET")
        connection.sendall(sent[:20])
        time.sleep(0.25)
        connection.sendall(sent[20:])
        assert statuses(connection.recv(65_536)) == [200]


OFFERS = [
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"),
    ("Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
]
CONVOLVE = b'{"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1]}'
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(CONVOLVE), CONVOLVE)


@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "websocket"])
@pytest.mark.parametrize("piece", [1, 10_000])
def test_an_offer_to_change_protocols_is_ignored_and_the_body_is_read(
    five: Server, offer: tuple[str, ...], piece: int
) -> None:
    path = "/api/v1/convolve"
    whole = request(path, CONVOLVE, *offer)
    chunked = request(path, b"", "Transfer-Encoding: chunked", *offer).replace(b"Content-Length: 0\r\n", b"") + CHUNKED
    bare = request("/healthz", b"", *offer, method="GET")
    end = request(path, CONVOLVE, "Connection: close")
    sent = whole + chunked + bare + whole + end
    reply = b""
    with socket.create_connection(("127.0.0.1", five.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), piece):
            connection.sendall(sent[start : start + piece])
        while part := connection.recv(65_536):
            reply += part
    assert statuses(reply) == [200] * 5
    assert reply.count(b"[-2.0,-2.0,-2.0]") == 4, "as many convolutions, of -2 each"


def test_a_tunnel_is_refused(five: Server) -> None:
    sent = b"CONNECT five.test:80 HTTP/1.1\r\nHost: five.test:80\r\n\r\n"
    assert statuses(exchange(five, sent, leave=True)) == [400]


def test_an_endless_head_is_a_431(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n")
    more = b"X-More: " + b"x" * 1_000 + b"\r\n"
    assert statuses(drip(connection, repeat(more, 200), 0.001)) == [431]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="connections are read from /proc, not here")
@pytest.mark.parametrize("taken", [0, 100])
def test_who_takes_nothing_or_little_of_a_reply_is_cut_off(five: Server, connection: socket.socket, taken: int) -> None:
    large = network({"type": "flatten"}, {**DENSE, "out_features": 4_000})
    body = httpx.Request("POST", five.url, json={"network": large, "seed": 0, "image": EIGHT, "label": 8}).read()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.sendall(request("/api/v1/backward", body) * 4)  # megabytes each
    assert statuses(connection.recv(16)) == [200]
    assert open_connections(five) == 1
    deadline = time.monotonic() + 10
    while open_connections(five):
        assert time.monotonic() < deadline, "it is still there"
        with contextlib.suppress(ConnectionError):
            connection.recv(taken)
        time.sleep(0.05)


LONG_REPLY = forward(  # 10 MB
    network=network({"type": "conv2d", "out_channels": 30, "kernel_size": 5, "padding": 30}, {"type": "tanh"}),
    parameters=...,
    seed=0,
)
CHEAP_LONG_REPLY = forward(  # 2 MB of parameters, by so few multiply-adds that it is made on the event loop
    network=network({"type": "flatten"}, {**DENSE, "out_features": 4_000}), parameters=..., seed=0
)
LONG_EVENTS = by_hand(  # 48,010 numbers a snapshot, which is a megabyte
    network=network(
        {"type": "flatten"}, {**DENSE, "out_features": 4_000}, {**DENSE, "name": "scores"}, input_shape=[1, 1, 1]
    ),
    parameters=...,
    seed=0,
)


def test_replies_that_nobody_takes_are_not_made_without_end(make_server: MakeServer) -> None:
    one_at_a_time = {"FIVEBYFIVE_MAX_BUFFERED_RESPONSE_BYTES": "1000000", "FIVEBYFIVE_COMPUTE_THREADS": "1"}
    server = make_server(environment=one_at_a_time)
    long = request(FORWARD, json.dumps(LONG_REPLY).encode())
    with contextlib.ExitStack() as stack:
        silent = []
        for _ in range(6):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(long)
            silent.append(connection)
        began = [statuses(connection.recv(16)) for connection in silent]
        assert sorted(began) == [[200]] + [[503]] * 5, "the first is made whatever its length, and fills the place"
        refused = httpx.post(server.url + FORWARD, json=CHEAP_LONG_REPLY)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "responses that clients have not read yet hold" in refused.json()["detail"]
        for accept in ("text/event-stream", "*/*"):
            training = httpx.post(server.url + "/api/v1/train", json=LONG_EVENTS, headers={"Accept": accept})
            assert training.status_code == 503
        assert httpx.post(server.url + "/api/v1/train", json=by_hand()).status_code == 200
        assert httpx.post(server.url + FORWARD, json=forward()).status_code == 200, "a short one has its place"
    deadline = time.monotonic() + 10
    while httpx.post(server.url + FORWARD, json=LONG_REPLY).status_code != 200:
        assert time.monotonic() < deadline, "what waited for a client that has gone is free again"
    for _ in range(3):
        assert httpx.post(server.url + FORWARD, json=LONG_REPLY).status_code == 200, "what was taken does not count"
    for _ in range(3):
        assert httpx.post(server.url + FORWARD, json=CHEAP_LONG_REPLY).status_code == 200
    assert server.stop() == 0


def connect(server: Server, *, source: str = "127.0.0.1") -> socket.socket:
    try:
        return socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0))
    except OSError:
        if source == "127.0.0.1":
            raise
        pytest.skip(f"{source} is no address of loopback here")


def read_to_end(connection: socket.socket) -> bytes:
    reply = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            reply += part
    return reply


@pytest.fixture
def crowded(make_server: MakeServer) -> Iterator[Server]:
    """A server of four connections."""
    server = make_server(environment={"FIVEBYFIVE_MAX_CONNECTIONS": "4"})
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.written(), server.written()


ASKED = request("/healthz", b"", method="GET")


def ask(connection: socket.socket) -> None:
    connection.sendall(ASKED)
    assert statuses(connection.recv(65_536)) == [200]


def test_connections_that_wait_longest_are_closed_to_make_room(crowded: Server) -> None:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(crowded)) for _ in range(4)]
        for connection in opened:
            ask(connection)
        recent, half, *idle = opened
        half.sendall(request(FORWARD, b" " * 100)[:-1])
        ask(recent)
        for _ in range(3):
            ask(stack.enter_context(connect(crowded)))
        reply = read_to_end(half)
        assert statuses(reply) == [503]
        assert b"\r\nretry-after: 1\r\n" in reply
        assert [read_to_end(connection) for connection in idle] == [b"", b""]
        ask(recent)


def test_half_sent_heads_of_one_address_do_not_keep_out_another(crowded: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(connect(crowded)).sendall(b"GET / HTTP/1.1\r\nHost: five.test\r\n")
        others = [stack.enter_context(connect(crowded, source="127.0.0.2")) for _ in range(2)]
        for _ in range(30):
            stack.enter_context(connect(crowded)).sendall(b"GET / HTTP/1.1\r\nHost: five.test\r\n")
        for other in others:
            other.sendall(ASKED)
            assert statuses(other.recv(65_536)) == [200]


@pytest.mark.parametrize(("share", "sources"), [("true", "12"), ("false", "11")])
def test_connection_beyond_the_limit_gets_a_503_while_all_are_busy(
    make_server: MakeServer, share: str, sources: str
) -> None:
    server = make_server(environment={"FIVEBYFIVE_MAX_CONNECTIONS": "2", "FIVEBYFIVE_SHARE_BY_ADDRESS": share})
    stream = request("/api/v1/train", json.dumps(long_training()).encode(), "Accept: text/event-stream")
    with contextlib.ExitStack() as stack:
        for source in sources:
            busy = stack.enter_context(connect(server, source=f"127.0.0.{source}"))
            busy.sendall(stream)
            assert statuses(busy.recv(65_536)) == [200]
        refused = stack.enter_context(connect(server, source="127.0.0.3"))
        refused.sendall(ASKED)
        reply = read_to_end(refused)
    assert statuses(reply) == [503]
    assert b"\r\nretry-after: 1\r\n" in reply
    assert b"The limit of 2 connections is reached" in reply
    server.kill()


def test_bodies_that_take_too_much_together_are_refused_and_short_ones_are_not(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_MAX_BUFFERED_BODY_BYTES": "200000"})
    body = b" " * 150_000
    half = request(FORWARD, body)[:-1_000]
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        one.sendall(half)  # held, because its end is missing
        deadline = time.monotonic() + 10
        while (status := statuses(exchange(server, request(FORWARD, body, "Connection: close")))) != [503]:
            assert status == [400]
            assert time.monotonic() < deadline
        assert httpx.post(server.url + FORWARD, json=forward()).status_code == 200
    deadline = time.monotonic() + 10
    while statuses(exchange(server, request(FORWARD, body, "Connection: close"))) != [400]:
        assert time.monotonic() < deadline, "what a client held that has gone is free again"
    assert server.stop() == 0
