"""Where a head, a body and its trailers end in what a connection receives, and what they may take of memory."""

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.bodies import by_hand
from tests.api.raw_http import request, statuses
from tests.conftest import MakeServer, Server

FORWARD = "/api/v1/forward"
ASKED = request("/healthz", b"", method="GET")


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    with connect(server) as opened:
        yield opened


def read_to_end(connection: socket.socket) -> bytes:
    reply = b""
    while part := connection.recv(65_536):
        reply += part
    return reply


def test_only_bytes_of_a_head_count_as_head(connection: socket.socket) -> None:
    long = request(FORWARD, b" " * 99_000)
    connection.sendall(long + ASKED[:20])
    assert statuses(connection.recv(65_536)) == [400]
    connection.sendall(ASKED[20:] + long + ASKED)
    reply = b""
    while len(statuses(reply)) < 3:
        reply += connection.recv(65_536)
    assert statuses(reply) == [200, 400, 200]


@pytest.mark.parametrize("length", [65_536, 65_537])
def test_head_may_have_64_kib(connection: socket.socket, length: int) -> None:
    head = request("/healthz", b"", "X: ", method="GET")
    connection.sendall(head.replace(b"X: ", b"X: " + b"x" * (length - len(head))))
    assert statuses(connection.recv(65_536)) == [200 if length == 65_536 else 431]


PIPELINED = 10_000


def test_ten_thousand_requests_in_one_go_are_answered_beside_others(server: Server) -> None:
    with connect(server) as connection, httpx.Client(base_url=server.url) as other:
        reader = ThreadPoolExecutor(1)
        sending = reader.submit(connection.sendall, ASKED * PIPELINED)
        count, rest, beside = 0, b"", 0
        while count < PIPELINED:
            part = connection.recv(65_536)
            assert part, f"closed after {count} responses"
            rest += part
            count += rest.count(b"HTTP/1.1 200 OK")
            rest = rest[-14:]
            if beside < 20:
                assert other.get("/healthz").status_code == 200
                beside += 1
        sending.result()
        reader.shutdown()
    assert (count, beside) == (PIPELINED, 20)


def peak_bytes(server: Server) -> int:
    """The most memory that the server's process has had at once since the last call."""
    assert server.process is not None
    folder = Path(f"/proc/{server.process.pid}")
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
    (folder / "clear_refs").write_text("5")
    return int(peak) * 1_024


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc, not here")
@pytest.mark.parametrize("trailers", [b"X: " + b"x" * 54_000_000, b"X: 1234567\r\n" * 4_500_000], ids=["one", "many"])
def test_54_mb_of_trailers_take_no_memory(make_server: MakeServer, trailers: bytes) -> None:
    server = make_server()
    head = request(FORWARD, b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")

    def send(trailers: bytes) -> list[int]:
        with connect(server) as connection:
            connection.sendall(head + b"1\r\n{\r\n0\r\n" + trailers + b"\r\n\r\n")
            return statuses(read_to_end(connection))

    send(trailers[:1_000_000])
    peak_bytes(server)
    before = peak_bytes(server)
    assert send(trailers) == [431]
    assert peak_bytes(server) < before + 1_000_000
    assert server.stop() == 0


def test_trailers_are_no_headers(server: Server) -> None:
    body = json.dumps(by_hand()).encode()
    head = request("/api/v1/train", b"", "Transfer-Encoding: chunked", "Connection: close")
    head = head.replace(b"Content-Length: 0\r\n", b"")
    chunks = b"%x\r\n%b\r\n0\r\nAccept: text/event-stream\r\n\r\n" % (len(body), body)
    with connect(server) as connection:
        connection.sendall(head)  # the endpoint may see a header that comes before it begins
        connection.sendall(chunks)
        reply = read_to_end(connection)
    assert statuses(reply) == [200]
    assert b"\r\ncontent-type: application/json\r\n" in reply
