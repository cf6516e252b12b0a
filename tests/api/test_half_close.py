"""A client that closes its sending side, as `nc -N` does, gets its responses; one that is gone frees what it holds."""

import json
import re
import socket
import time

import httpx
import pytest

from tests.api.bodies import CONV, DENSE, forward, long_training, network
from tests.api.raw_http import exchange, request, statuses
from tests.conftest import Server

GET = request("/healthz", b"", method="GET")
FORWARD = request("/api/v1/forward", json.dumps(forward()).encode())
CHUNKED = FORWARD.replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\nX-Length: ")
HEAD, _, BODY = CHUNKED.partition(b"\r\n\r\n")
CHUNKED = HEAD + b"\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
COSTLY = request(
    "/api/v1/convolve", json.dumps({"input": [[1.5] * 120] * 40, "kernel": [[1] * 31] * 31, "padding": 15}).encode()
)
TRAINING = request("/api/v1/train", json.dumps(long_training(epochs=3)).encode(), "Accept: text/event-stream")


@pytest.mark.parametrize(
    "sent", [GET, FORWARD, CHUNKED, COSTLY, TRAINING], ids=["GET", "POST", "chunked", "costly", "stream"]
)
def test_client_that_closes_its_sending_side_gets_all_its_responses(server: Server, sent: bytes) -> None:
    for times in (1, 1, 2):
        reply = exchange(server, sent * times, leave=True)
        assert statuses(reply) == [200] * times
        assert reply.endswith((b"}", b"0\r\n\r\n"))


def test_incomplete_request_of_a_client_that_closes_its_sending_side_is_dropped_at_once(server: Server) -> None:
    for sent in (b"", GET[:-5], FORWARD[:-5], CHUNKED[:-5], GET + FORWARD[:-5]):
        began = time.monotonic()
        assert statuses(exchange(server, sent, leave=True)) == [200] * sent.startswith(GET)
        assert time.monotonic() - began < 4  # and not the 5 s of a connection that lingers


def test_work_of_clients_that_are_gone_ends(server: Server) -> None:
    endless = json.dumps(long_training()).encode()
    for accept in ("text/event-stream", "application/json"):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(request("/api/v1/train", endless, f"Accept: {accept}"))
    wait_for_the_end_of_training(server, seconds=15)


def test_stream_without_events_ends_soon_after_its_client_closes_the_connection(server: Server) -> None:
    wide, deep = ({**CONV, "out_channels": out, "padding": 1, "name": name} for out, name in ((128, "a"), (128, "b")))
    slow_epoch = long_training(
        network=network(wide, deep, {"type": "flatten"}, DENSE),
        examples={"dataset": "handwriting"},
        batch_size=16,
        epochs=2,
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(request("/api/v1/train", json.dumps(slow_epoch).encode(), "Accept: text/event-stream"))
        assert statuses(connection.recv(65_536)) == [200]
    wait_for_the_end_of_training(server, seconds=8)  # before a heartbeat, after 10 s, could fail


def wait_for_the_end_of_training(server: Server, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not re.search(
        r'^fivebyfive_running\{work="training"\} 0', httpx.get(f"{server.url}/metrics").text, re.MULTILINE
    ):
        assert time.monotonic() < deadline, "trainings of clients that are gone still run"
        time.sleep(0.1)
