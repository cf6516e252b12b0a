"""How a server process ends: ready no more, trainings end so that they can go on elsewhere, and exit code 0."""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.schemas.train import PausedOut
from tests.api.bodies import DENSE, by_hand, eight_and_two, forward, long_training, network
from tests.api.event_stream import Sent, events_in
from tests.api.test_refusals import problem_of
from tests.conftest import STOP_SECONDS, MakeServer, Server

EVENTS = {"Accept": "text/event-stream"}
TRAIN = "/api/v1/train"


@contextlib.contextmanager
def stream(server: Server, body: dict[str, Any]) -> Iterator[Iterator[Sent]]:
    with httpx.stream("POST", server.url + TRAIN, json=body, headers=EVENTS, timeout=30) as reply:
        assert reply.status_code == 200
        yield events_in(reply.iter_lines())


def tell(server: Server, number: int) -> None:
    assert server.process is not None
    server.process.send_signal(number)


def ended(server: Server) -> None:
    """Wait until a server that was told to end has ended, as it should."""
    assert server.process is not None
    assert server.process.wait(STOP_SECONDS) == 0, server.written()
    assert "Traceback" not in server.written(), server.written()
    server.process = None


def first_epochs(events: Iterator[Sent], count: int) -> list[Sent]:
    """The start of a stream, up to so many epochs."""
    return [next(events) for _ in range(1 + count)]


RESUMED = eight_and_two(examples={"dataset": "digits"}, batch_size=2, epochs=200, snapshot_every=200)
RESUMED |= {"optimizer": {"type": "adam"}}


@pytest.fixture(scope="module")
def undisturbed(server: Server) -> list[Sent]:
    """The epochs and the end of a run of `RESUMED`."""
    with stream(server, RESUMED) as events:
        return list(events)[1:]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_pauses_and_goes_on_elsewhere_bit_for_bit(
    make_server: MakeServer, server: Server, number: signal.Signals, undisturbed: list[Sent]
) -> None:
    ending = make_server()
    with stream(ending, RESUMED) as events:
        told = first_epochs(events, 20)
        tell(ending, number)
        told += events
    ended(ending)
    *before, paused = told[1:]
    assert (paused.kind, paused.id) == ("paused", before[-1].id)
    state = PausedOut.model_validate_json(paused.text)
    assert state.next_epoch == len(before) + 1
    assert state.epochs_left == 200 - len(before)
    going_on = RESUMED | {name: paused.data[name] for name in ("parameters", "optimizer_state")}
    going_on |= {"first_epoch": state.next_epoch, "epochs": state.epochs_left}
    with stream(server, going_on) as events:
        _, *after = events
    assert before + after == undisturbed


def test_a_stream_pauses_within_an_epoch_that_takes_minutes(make_server: MakeServer) -> None:
    server = make_server()
    convolutions = [{"type": "conv2d", "out_channels": n, "kernel_size": 3, "padding": 1} for n in (64, 256)]
    slow = network(*convolutions, {"type": "flatten"}, DENSE)
    body = eight_and_two(network=slow, examples={"dataset": "handwriting"}, epochs=1)
    with stream(server, body | {"optimizer": {"type": "sgd", "learning_rate": 1e-9}}) as events:
        assert next(events).kind == "start"
        tell(server, signal.SIGTERM)
        [paused] = events
    ended(server)
    assert (paused.kind, paused.data["next_epoch"], paused.data["epochs_left"]) == ("paused", 1, 1)


def test_a_stream_that_waits_for_a_slot_is_paused_before_its_first_epoch(make_server: MakeServer) -> None:
    server = make_server(
        environment={"FIVEBYFIVE_MAX_CONCURRENT_TRAININGS": "1", "FIVEBYFIVE_HEARTBEAT_SECONDS": "0.1"}
    )
    parameters = by_hand()["parameters"]
    with stream(server, long_training()) as running:
        first_epochs(running, 1)
        # A sign of life shows that it waits.
        body = by_hand(first_epoch=7)
        with httpx.stream("POST", server.url + TRAIN, json=body, headers=EVENTS, timeout=30) as waiting:
            lines = waiting.iter_lines()
            assert next(lines) == ": still here"
            tell(server, signal.SIGTERM)
            assert [event.kind for event in running][-1] == "paused"
            start, paused = events_in(lines)
    ended(server)
    assert (start.kind, paused.kind) == ("start", "paused")
    assert paused.data == {"parameters": parameters, "optimizer_state": {"step": 0}, "next_epoch": 7, "epochs_left": 1}


def test_while_it_drains_it_is_not_ready_takes_no_training_and_answers_all_else(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_SHUTDOWN_DELAY": "1.5"})
    with httpx.Client(base_url=server.url) as http, stream(server, long_training()) as running:
        first_epochs(running, 1)
        assert http.get("/readyz").json() == {"status": "ready"}
        tell(server, signal.SIGTERM)
        began = time.monotonic()
        while (readiness := http.get("/readyz")).status_code == 200:
            assert time.monotonic() - began < 1
        refused = [readiness, http.post(TRAIN, json=by_hand()), http.post(TRAIN, json=by_hand(), headers=EVENTS)]
        for reply in refused:
            problem_of(reply, 503, "draining")
            assert reply.headers["retry-after"] == "1"
        healthy = http.get("/healthz")
        assert healthy.status_code == 200
        assert healthy.headers["connection"] == "close"  # the next one may find another server
        assert http.post("/api/v1/forward", json=forward()).status_code == 200
        assert next(running).kind == "epoch"
        assert [event.kind for event in running][-1] == "paused"
        assert time.monotonic() - began > 1.4
    ended(server)


def test_a_second_signal_ends_the_wait(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_SHUTDOWN_DELAY": "4"})
    began = time.monotonic()
    for _ in range(2):
        tell(server, signal.SIGTERM)
        time.sleep(0.3)
    ended(server)
    assert time.monotonic() - began < 3.5


def test_a_run_without_events_that_does_not_end_in_time_is_told_to_ask_again(make_server: MakeServer) -> None:
    server = make_server()
    replies: list[httpx.Response] = []

    def train(body: dict[str, Any]) -> None:
        replies.append(httpx.post(server.url + TRAIN, json=body, timeout=30))

    asking = threading.Thread(target=train, args=[long_training(epochs=2_000)])
    asking.start()
    with stream(server, long_training()) as running:  # by then the other has begun, too
        first_epochs(running, 20)
        tell(server, signal.SIGTERM)
        assert [event.kind for event in running][-1] == "paused"
    asking.join()
    ended(server)
    problem_of(replies[0], 503, "draining")
    assert replies[0].headers["retry-after"] == "1"


def test_a_reader_who_takes_nothing_does_not_keep_the_server(make_server: MakeServer) -> None:
    server = make_server()
    large = network({"type": "flatten"}, {**DENSE, "out_features": 4_000})  # a megabyte and more an epoch
    request = httpx.Request("POST", server.url + TRAIN, json=eight_and_two(network=large, epochs=100), headers=EVENTS)
    with socket.create_connection(("127.0.0.1", server.port)) as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        stalled.sendall(f"POST {TRAIN} HTTP/1.1\r\n{head}\r\n".encode() + request.read())
        assert stalled.recv(16) == b"HTTP/1.1 200 OK\r"
        time.sleep(1)  # meanwhile every buffer on the way fills
        tell(server, signal.SIGTERM)
        ended(server)


def test_every_worker_drains(make_server: MakeServer) -> None:
    server = make_server("--workers", "2")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(stream(server, long_training())) for _ in range(6)]
        for events in streams:
            first_epochs(events, 1)
        tell(server, signal.SIGTERM)
        assert [list(events)[-1].kind for events in streams] == ["paused"] * 6
    ended(server)
