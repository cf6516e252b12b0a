"""POST /train of a server process: events as they happen, and what a client that goes away leaves behind."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from app.server.protocol import HALF_CLOSED_SECONDS
from tests.api.bodies import by_hand, eight_and_two, long_training
from tests.api.event_stream import Sent, events_in
from tests.conftest import MakeServer, Server

EVENTS = {"Accept": "text/event-stream"}
TRAIN = "/api/v1/train"


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def stream(http: httpx.Client, body: dict[str, Any]) -> list[Sent]:
    with http.stream("POST", TRAIN, json=body, headers=EVENTS) as reply:
        assert reply.status_code == 200
        return list(events_in(reply.iter_lines()))


class Trainer(threading.Thread):
    """Somebody who trains until they leave, at the latest at the end of the `with`."""

    def __init__(self, server: Server, body: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._url, self._body = server.url + TRAIN, body
        self._leaving = threading.Event()
        self.epochs = 0
        self.start()

    def run(self) -> None:
        with httpx.stream("POST", self._url, json=self._body, headers=EVENTS, timeout=30) as reply:
            for event in events_in(reply.iter_lines()):
                self.epochs += event.kind == "epoch"
                if self._leaving.is_set():
                    return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        self._leaving.set()
        self.join(10)
        assert not self.is_alive()


def cpu_seconds(server: Server) -> float:
    assert server.process is not None
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(what: str, seconds: float, condition: Any) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} s"
        time.sleep(0.01)


def test_events_arrive_as_they_happen(http: httpx.Client) -> None:
    began = time.monotonic()
    with http.stream("POST", TRAIN, json=long_training(epochs=400), headers=EVENTS) as reply:
        arrived = [(event.kind, time.monotonic() - began) for event in events_in(reply.iter_lines())]
    assert [kind for kind, _ in arrived] == ["start", *["epoch"] * 400, "done"]
    whole = arrived[-1][1]
    assert arrived[0][1] < whole / 2
    assert len({round(seconds, 2) for _, seconds in arrived}) >= 10, "they should come one after the other"


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="CPU time is read from /proc, not here")


def cpu_seconds_until_quiet(server: Server) -> float:
    """What the server still spends; however busy the machine is, that is no more than the time that passes."""
    began = before = cpu_seconds(server)
    deadline = time.monotonic() + 30
    while True:
        time.sleep(0.5)
        now = cpu_seconds(server)
        if now - before <= 0.02:
            return now - began
        assert time.monotonic() < deadline, "the server goes on working"
        before = now


@needs_proc
def test_the_work_stops_within_250_ms_of_the_client_going_away(server: Server) -> None:
    with Trainer(server, long_training()) as trainer:
        wait_for("epoch", 20, lambda: trainer.epochs)
        before = cpu_seconds(server)
        wait_for("work", 20, lambda: cpu_seconds(server) - before > 0.3)
        trainer.leave()
        assert cpu_seconds_until_quiet(server) <= 0.25


@needs_proc
def test_a_run_without_events_stops_when_its_client_goes_away_too(server: Server) -> None:
    before = cpu_seconds(server)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(server.url + TRAIN, json=long_training(epochs=2_000), timeout=httpx.Timeout(20, read=1.5))
    assert cpu_seconds(server) - before > 0.1, "it should have begun"
    assert cpu_seconds_until_quiet(server) <= HALF_CLOSED_SECONDS + 0.25  # until then it may only have stopped sending


def test_other_requests_are_answered_at_once_while_two_trainings_run(server: Server, http: httpx.Client) -> None:
    big = {"dataset": "handwriting"}
    bodies = [long_training(), long_training(examples=big, batch_size=256, optimizer={"type": "adam"})]
    with Trainer(server, bodies[0]) as one, Trainer(server, bodies[1]) as other:
        wait_for("epochs", 20, lambda: one.epochs and other.epochs)
        before = one.epochs, other.epochs
        took = []
        for _ in range(100):
            began = time.perf_counter()
            assert http.get("/healthz").status_code == 200
            took.append(time.perf_counter() - began)
            time.sleep(0.005)
        wait_for("progress of both", 20, lambda: one.epochs > before[0] and other.epochs > before[1])
    # A few slow ones may be the machine's, which is doing other things too.
    assert sorted(took)[len(took) // 2] < 0.05


@pytest.mark.parametrize("optimizer", [{"type": "sgd", "momentum": 0.9}, {"type": "adam"}], ids=["momentum", "adam"])
def test_a_run_goes_on_bit_for_bit_in_another_process_and_form(
    make_server: MakeServer, http: httpx.Client, optimizer: dict[str, Any]
) -> None:
    body = eight_and_two(examples={"dataset": "digits"}, batch_size=8, epochs=10, optimizer=optimizer)
    never_stopped = http.post(TRAIN, json=body).json()
    first = [event for event in stream(http, body) if event.kind == "epoch"][:4]  # as if the client had left here
    other = make_server()
    with httpx.Client(base_url=other.url, timeout=30) as elsewhere:
        last = first[-1].data
        going_on = body | {name: last[name] for name in ("parameters", "optimizer_state")} | {"first_epoch": 5}
        second = elsewhere.post(TRAIN, json=going_on | {"epochs": 3}).json()
        going_on |= {"first_epoch": 8, "epochs": 3}
        going_on |= {name: second[name] for name in ("parameters", "optimizer_state")}
        third = stream(elsewhere, going_on)
    other.stop()
    told = [event.data for event in first] + second["epochs"] + [event.data for event in third[1:-1]]
    assert told == never_stopped["epochs"]
    assert third[-1].data == {name: value for name, value in never_stopped.items() if name != "epochs"}


def test_a_silent_stream_shows_signs_of_life(make_server: MakeServer) -> None:
    server = make_server(
        environment={"FIVEBYFIVE_MAX_CONCURRENT_TRAININGS": "1", "FIVEBYFIVE_HEARTBEAT_SECONDS": "0.1"},
    )
    lines = []
    with Trainer(server, long_training()) as trainer:
        wait_for("epoch", 20, lambda: trainer.epochs)
        with httpx.stream("POST", server.url + TRAIN, json=by_hand(), headers=EVENTS, timeout=30) as waiting:
            assert waiting.status_code == 200
            for line in waiting.iter_lines():
                lines.append(line)
                if lines.count(": still here") == 3:
                    trainer.leave()
    assert [event.kind for event in events_in(lines)] == ["start", "epoch", "done"]


def test_head_is_answered_as_get_without_the_body(http: httpx.Client) -> None:
    for path in ("/", "/docs", "/healthz", "/api/v1/kernels", "/api/v1/experiments/one-8", "/openapi.json"):
        head, get = http.head(path), http.get(path)
        assert head.status_code == 200, path
        assert head.content == b""
        assert head.headers["content-length"] == get.headers["content-length"]
        assert head.headers["content-type"] == get.headers["content-type"]
