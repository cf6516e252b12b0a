"""Responses to requests that have not arrived in full: every client reads them, and what it still sends is bounded."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.api.raw_http import request, statuses
from tests.conftest import MakeServer, Server

JSON = {"Content-Type": "application/json"}
FORWARD = "/api/v1/forward"
BODY = b" " * 27_000_000


@pytest.fixture(scope="module")
def five(make_server: MakeServer) -> Iterator[Server]:
    server = make_server()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.written(), server.written()


def by_urllib(url: str, _: Path) -> int:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, BODY, JSON), timeout=30)
    assert b"max_body_bytes" in refused.value.read()
    return refused.value.code


def by_httpx(url: str, _: Path) -> int:
    reply = httpx.post(url, content=BODY, headers=JSON, timeout=30)
    assert "max_body_bytes" in reply.text
    return reply.status_code


def by_httpx_in_chunks(url: str, _: Path) -> int:
    parts = (BODY[start : start + 100_000] for start in range(0, len(BODY), 100_000))
    return httpx.post(url, content=parts, headers=JSON, timeout=30).status_code


def by_curl(url: str, folder: Path, *more: str) -> int:
    file = folder / "body"
    file.write_bytes(BODY)
    command = ["curl", "-sS", "-w", "%{http_code}", "-H", "Content-Type: application/json", *more]
    done = subprocess.run([*command, "--data-binary", f"@{file}", url], capture_output=True, check=True)
    assert b"max_body_bytes" in done.stdout
    return int(done.stdout[-3:])


def by_curl_without_expect(url: str, folder: Path) -> int:
    return by_curl(url, folder, "-H", "Expect:")


@pytest.mark.parametrize("ask", [by_urllib, by_httpx, by_httpx_in_chunks, by_curl, by_curl_without_expect])
def test_client_that_sends_27_mb_reads_the_413(five: Server, tmp_path: Path, ask: Callable[[str, Path], int]) -> None:
    assert [ask(five.url + FORWARD, tmp_path) for _ in range(2)] == [413] * 2


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (FORWARD, (), 413),
        ("/nowhere", (), 404),
        ("/api/v1/kernels", (), 405),
        (FORWARD, ("Content-Type: text/plain",), 415),
    ],
)
def test_every_early_response_is_read_and_ends_the_connection(
    five: Server, path: str, headers: tuple[str, ...], status: int
) -> None:
    with socket.create_connection(("127.0.0.1", five.port), timeout=20) as connection:
        connection.sendall(request(path, BODY, *headers))  # all of it, as a client does that reads afterwards
        reply = b""
        while part := connection.recv(65_536):
            reply += part
    assert statuses(reply) == [status]
    assert b"\r\nconnection: close\r\n" in reply


@pytest.mark.parametrize(("path", "status"), [(FORWARD, 413), ("/nowhere", 404)])
def test_client_that_waits_for_100_continue_gets_the_final_status(five: Server, path: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", five.port), timeout=20) as connection:
        connection.sendall(request(path, b"", "Expect: 100-continue", length=len(BODY)))
        assert statuses(connection.recv(65_536)) == [status]


def test_response_to_a_whole_request_keeps_the_connection(five: Server) -> None:
    with socket.create_connection(("127.0.0.1", five.port), timeout=20) as connection:
        for path, status in (("/nowhere", 404), (FORWARD, 400)) * 2:
            connection.sendall(request(path, b" " * 100))
            reply = connection.recv(65_536)
            assert statuses(reply) == [status]
            assert b"connection: close" not in reply


def test_requests_sent_after_the_last_one_do_not_cost_its_response(five: Server) -> None:
    last = request("/api/v1/kernels", b"", "Connection: close", method="GET")
    with socket.create_connection(("127.0.0.1", five.port), timeout=20) as connection:
        connection.sendall(last + request("/healthz", b"", method="GET") * 20_000)
        reply = b""
        while part := connection.recv(65_536):
            reply += part
    assert statuses(reply) == [200]
    head, _, body = reply.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}\r\n".encode() in head + b"\r\n"


def test_lingering_connection_reads_a_bounded_number_of_bytes(five: Server) -> None:
    sent = 0
    piece = b" " * 1_000_000
    with socket.create_connection(("127.0.0.1", five.port), timeout=20) as connection:
        connection.sendall(request("/nowhere", b"", length=10**12))
        with suppress(ConnectionError):
            while sent < 10**9:
                connection.sendall(piece)
                sent += len(piece)
    # 64 MiB are read; the rest was in the buffers of the system.
    assert 60_000_000 < sent < 90_000_000


def test_lingering_connection_is_closed_after_a_bounded_time(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_REQUEST_TIMEOUT": "0.5"})  # shorter than 5 s, which it would be
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request("/nowhere", b"", length=10**12))
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() < began + 20:
                connection.sendall(b" ")
                time.sleep(0.05)
        assert time.monotonic() < began + 15
    assert server.stop() == 0
