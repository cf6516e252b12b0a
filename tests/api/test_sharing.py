"""One client that asks for all it can get leaves the others their share. Addresses are those that a proxy names."""

import contextlib
import json
import select
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.bodies import by_hand, forward, long_training, network
from tests.api.raw_http import request, statuses
from tests.conftest import MakeServer, Server

HEAVY, LIGHT = "192.0.2.1", "192.0.2.2"
PROXY = {"FIVEBYFIVE_TRUSTED_PROXIES": "127.0.0.1"}
LONG_TRAINING = long_training()
TEN_MEGABYTES = forward(
    network=network({"type": "conv2d", "out_channels": 30, "kernel_size": 5, "padding": 30}, {"type": "tanh"}),
    parameters=...,
    seed=0,
)


@pytest.fixture
def sockets() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def send_as(client: str, server: Server, sockets: contextlib.ExitStack, path: str, body: Any, *headers: str) -> Any:
    """Send a request from `client`; return the connection, from which little is read ahead."""
    connection = sockets.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(request(path, json.dumps(body).encode(), f"X-Forwarded-For: {client}", *headers))
    return connection


def first_answers(connections: list[socket.socket], count: int) -> list[int]:
    """Return the sorted statuses of the first `count` connections that are answered; the others wait."""
    found: list[int] = []
    waiting = list(connections)
    while len(found) < count:
        answered, _, _ = select.select(waiting, [], [], 20)
        assert answered, f"only {found} are answered"
        for connection in answered:
            waiting.remove(connection)
            found += statuses(connection.recv(16))
    return sorted(found)


def post_as(client: str, server: Server, path: str, body: Any) -> httpx.Response:
    return httpx.post(server.url + path, json=body, headers={"X-Forwarded-For": client}, timeout=20)


def test_a_client_with_73_trainings_leaves_the_others_slots_and_half_of_the_queue(
    make_server: MakeServer, sockets: contextlib.ExitStack
) -> None:
    server = make_server(environment=PROXY)
    stream = ("/api/v1/train", LONG_TRAINING, "Accept: text/event-stream")
    streams = [send_as(HEAVY, server, sockets, *stream) for _ in range(73)]
    assert first_answers(streams, 9) == [200] * 8 + [503]
    assert post_as(LIGHT, server, "/api/v1/train", by_hand()).status_code == 200
    running = [send_as(LIGHT, server, sockets, *stream) for _ in range(4)]
    assert first_answers(running, 4) == [200] * 4, "half of the slots"
    waiting = [send_as(LIGHT, server, sockets, *stream) for _ in range(32 + 1)]
    assert first_answers(waiting, 1) == [503], "half of the queue"
    assert post_as("192.0.2.3", server, "/api/v1/train", by_hand()).status_code == 200
    server.kill()


def test_a_client_that_reads_nothing_leaves_the_others_memory(
    make_server: MakeServer, sockets: contextlib.ExitStack
) -> None:
    server = make_server(environment=PROXY | {"FIVEBYFIVE_MAX_BUFFERED_RESPONSE_BYTES": "30000000"})
    unread = [send_as(HEAVY, server, sockets, "/api/v1/forward", TEN_MEGABYTES) for _ in range(8)]
    assert [503] in [statuses(connection.recv(16)) for connection in unread]
    for _ in range(3):
        assert post_as(LIGHT, server, "/api/v1/forward", TEN_MEGABYTES).status_code == 200
    server.kill()


def test_a_client_with_long_bodies_leaves_the_others_memory(
    make_server: MakeServer, sockets: contextlib.ExitStack
) -> None:
    server = make_server(environment=PROXY | {"FIVEBYFIVE_MAX_BUFFERED_BODY_BYTES": "500000"})
    half_sent = []
    for _ in range(3):
        connection = sockets.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        connection.sendall(request("/api/v1/forward", b" " * 200_000, f"X-Forwarded-For: {HEAVY}")[:-50_000])
        half_sent.append(connection)
    assert [503] in [statuses(connection.recv(16)) for connection in half_sent[2:]]
    assert post_as(LIGHT, server, "/api/v1/forward", forward(note="x" * 100_000)).status_code == 422
    server.kill()


def test_where_addresses_do_not_count_one_client_may_use_everything(
    make_server: MakeServer, sockets: contextlib.ExitStack
) -> None:
    one_slot = {"FIVEBYFIVE_MAX_CONCURRENT_TRAININGS": "1", "FIVEBYFIVE_MAX_QUEUED_TRAININGS": "2"}
    server = make_server(environment=PROXY | one_slot | {"FIVEBYFIVE_SHARE_BY_ADDRESS": "false"})
    stream = ("/api/v1/train", LONG_TRAINING, "Accept: text/event-stream")
    assert first_answers([send_as(HEAVY, server, sockets, *stream) for _ in range(4)], 2) == [200, 503]
    assert post_as(LIGHT, server, "/api/v1/train", by_hand()).status_code == 503
    server.kill()
