"""What a server process writes and counts: lines of JSON, streams from beginning to end, workers that share numbers."""

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.bodies import by_hand, long_training
from tests.api.raw_http import exchange, request
from tests.api.test_observability import samples
from tests.api.test_train_server import EVENTS, TRAIN, Trainer, stream, wait_for
from tests.conftest import MakeServer, Server

JSON = {"FIVEBYFIVE_LOG_FORMAT": "json"}


def lines(server: Server) -> list[dict[str, Any]]:
    """Everything that the server wrote."""
    return [json.loads(line) for line in server.written().splitlines()]


def lines_of(server: Server, path: str) -> list[dict[str, Any]]:
    return [line for line in lines(server) if line.get("path") == path]


def metrics(server: Server) -> dict[str, float]:
    return samples(httpx.get(f"{server.url}/metrics").text)


def until(what: str, condition: Callable[[], bool]) -> None:
    wait_for(what, 20, condition)


@pytest.fixture(scope="module")
def logging_server(make_server: MakeServer) -> Server:
    return make_server(environment=JSON | {"FIVEBYFIVE_MAX_CONCURRENT_TRAININGS": "1", "FIVEBYFIVE_LOG_LEVEL": "debug"})


def test_a_stream_that_ends_leaves_its_line_then(logging_server: Server) -> None:
    with httpx.Client(base_url=logging_server.url, timeout=30) as http:
        events = stream(http, by_hand())
    until("line", lambda: bool(lines_of(logging_server, TRAIN)))
    [line] = lines_of(logging_server, TRAIN)
    assert line["outcome"] == "finished"
    assert line["bytes"] > sum(len(event.text) for event in events)
    assert line["cost"] > 0
    assert "share" not in line


def test_a_stream_whose_client_goes_says_so_and_counts_what_was_done(logging_server: Server) -> None:
    known = len(lines_of(logging_server, TRAIN))
    before = metrics(logging_server)["fivebyfive_multiply_adds_total{}"]
    with Trainer(logging_server, long_training()) as trainer:
        until("epoch", lambda: trainer.epochs > 0)
        during = metrics(logging_server)
        assert during["fivebyfive_streams_open{}"] == 1
        assert during["fivebyfive_running{work=training}"] == 1
        with Trainer(logging_server, by_hand()):
            until("waiting", lambda: metrics(logging_server)["fivebyfive_waiting{work=training}"] == 1)
            trainer.leave()
    until("lines", lambda: len(lines_of(logging_server, TRAIN)) == known + 2)
    line = lines_of(logging_server, TRAIN)[known]
    assert (line["status"], line["outcome"]) == (200, "client went")
    assert 0 < line["share"] < 1
    until("end", lambda: metrics(logging_server)["fivebyfive_streams_open{}"] == 0)
    after = metrics(logging_server)
    assert after["fivebyfive_running{work=training}"] == 0
    done = after["fivebyfive_multiply_adds_total{}"] - before
    assert 0 < done < line["cost"]


def test_the_headers_of_streams_do_not_pile_up(logging_server: Server) -> None:
    for _ in range(3):
        reply = httpx.post(logging_server.url + TRAIN, json=by_hand(), headers=EVENTS)
        names = [name for name, _ in reply.headers.multi_items()]
        assert sorted(names) == sorted(set(names))


def test_the_server_writes_nothing_but_json_and_health_checks_at_debug(logging_server: Server) -> None:
    httpx.get(f"{logging_server.url}/healthz")
    until("line", lambda: bool(lines_of(logging_server, "/healthz")))
    assert {line["level"] for line in lines_of(logging_server, "/healthz")} == {"debug"}
    assert any(line["logger"] == "uvicorn.error" for line in lines(logging_server))


def test_what_no_application_hears_of_is_counted_too(logging_server: Server) -> None:
    name = "fivebyfive_problems_total{kind=not-http}"
    before = metrics(logging_server)[name]
    with socket.create_connection(("127.0.0.1", logging_server.port), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert metrics(logging_server)[name] == before + 1


@pytest.mark.parametrize(
    ("sent", "status", "path"),
    [
        (b"nonsense\r\n\r\n", 400, ""),
        (b"GET /no-host HTTP/1.1\r\n\r\n", 400, "/no-host"),
        (request("/api/v1/pool", b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"") + b"x\r\n",
         400, "/api/v1/pool"),
    ],
)  # fmt: skip
def test_response_of_the_protocol_has_every_header_and_one_line_in_the_log(
    logging_server: Server, sent: bytes, status: int, path: str
) -> None:
    reply = exchange(logging_server, sent)
    headers = dict(line.split(": ", 1) for line in reply.split(b"\r\n\r\n")[0].decode().split("\r\n")[1:])
    usual = httpx.get(f"{logging_server.url}/api/v1/nowhere").headers
    # Nothing was computed, so nothing is said of the numerics.
    assert set(headers) == set(usual) - {"x-numerics"} | {"connection"}
    assert headers["content-security-policy"] == usual["content-security-policy"]

    def written() -> list[dict[str, Any]]:
        return [line for line in lines(logging_server) if line.get("request_id") == headers["x-request-id"]]

    until("line", lambda: bool(written()))
    [line] = written()
    assert (line["status"], line["path"], line["problem"], line["client"]) == (status, path, "not-http", "127.0.0.1")


def test_a_client_is_believed_only_through_a_trusted_proxy(make_server: MakeServer) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7, 10.1.2.3"}
    trusting = {"FIVEBYFIVE_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
    for setting, client in ((trusting, "203.0.113.7"), ({}, "127.0.0.1")):  # loopback is trusted only if it is named
        server = make_server(environment=JSON | setting)
        httpx.get(f"{server.url}/version", headers=forwarded)
        assert server.stop() == 0
        assert [line["client"] for line in lines_of(server, "/version")] == [client]


def test_lines_are_not_lost_when_the_server_ends(make_server: MakeServer) -> None:
    server = make_server(environment=JSON)
    for _ in range(30):
        httpx.get(f"{server.url}/version")
    assert server.stop() == 0
    assert len(lines_of(server, "/version")) == 30


def test_workers_add_up_their_numbers_and_a_dead_one_takes_only_its_gauges(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server("--workers", "2", environment={"TMPDIR": str(tmp_path)})

    def workers() -> set[str]:
        return {
            name.partition("pid=")[2].rstrip("}") for name in metrics(server) if name.startswith("process_cpu_seconds")
        }

    def answered() -> float:
        return metrics(server)["fivebyfive_requests_total{method=GET,route=/version,status=2xx}"]

    until("two workers", lambda: len(workers()) == 2)
    for _ in range(20):
        httpx.get(f"{server.url}/version")
    until("all counted", lambda: answered() == 20)
    with Trainer(server, long_training()) as trainer:
        until("epoch", lambda: trainer.epochs > 0)
        until("running", lambda: metrics(server)["fivebyfive_running{work=training}"] == 1)
    until("none running", lambda: metrics(server)["fivebyfive_running{work=training}"] == 0)

    first = workers()
    os.kill(int(min(first)), signal.SIGKILL)
    until("another worker", lambda: len(workers()) == 2 and workers() != first)
    assert min(first) not in workers()
    assert answered() == 20
    assert not list(tmp_path.glob(f"*/gauge_livesum_{min(first)}.db"))
    assert server.stop() == 0
    assert list(tmp_path.iterdir()) == []
