"""A rolling restart behind nginx while 20 clients train. (The page under kill -9 is in tests/browser/test_chaos.py.)"""

import threading
import time
from typing import Any

import httpx

from app.client import Client, DoneOut, EpochOut
from tests.api.bodies import eight_and_two
from tests.conftest import MakeServer, Server
from tests.proxy import MakeProxy

LEARNERS = 20
EPOCHS = 200
SEEDS = (1, 2)
SECONDS = 120.0


class Learner(threading.Thread):
    """Somebody who trains through the proxy with the Python client, to the end."""

    def __init__(self, url: str, body: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self._url, self._body = url, body
        self.epochs: list[EpochOut] = []
        self.done: DoneOut | None = None
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with Client(self._url) as client:
                for event in client.train(self._body):
                    if isinstance(event, EpochOut):
                        self.epochs.append(event)
                    elif isinstance(event, DoneOut):
                        self.done = event
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            self.failure = error


def under_way(learners: list[Learner]) -> int:
    return sum(learner.is_alive() for learner in learners)


def restart(replica: Server) -> None:
    assert replica.stop() == 0
    replica.start()
    assert httpx.get(replica.url + "/readyz").status_code == 200


def test_a_rolling_restart_during_20_trainings_loses_no_epoch_and_changes_no_bit(
    make_server: MakeServer, make_proxy: MakeProxy
) -> None:
    replicas = [make_server() for _ in range(3)]
    proxy = make_proxy(*replicas)
    bodies = [
        eight_and_two(examples={"dataset": "digits"}, epochs=EPOCHS, snapshot_every=EPOCHS, seed=seed) for seed in SEEDS
    ]
    undisturbed = [httpx.post(replicas[0].url + "/api/v1/train", json=body, timeout=SECONDS).json() for body in bodies]
    learners = [Learner(proxy.url, bodies[n % len(bodies)]) for n in range(LEARNERS)]
    for learner in learners:
        learner.start()
    deadline = time.monotonic() + SECONDS
    while not all(learner.epochs for learner in learners):
        assert time.monotonic() < deadline, f"only {sum(bool(le.epochs) for le in learners)} have begun"
        time.sleep(0.01)
    for replica in replicas:
        assert under_way(learners) == LEARNERS, "they should train during every restart; give them more epochs"
        restart(replica)
    for learner in learners:
        learner.join(max(0, deadline - time.monotonic()))
        if learner.failure:
            raise learner.failure
        assert learner.done is not None, f"it is still at epoch {len(learner.epochs)}"
    streams = proxy.log.read_text().count('"path":"/api/v1/train"')
    assert streams >= LEARNERS + len(replicas), "every restart should have ended the streams of a replica"
    for learner, reference in zip(learners, undisturbed * (LEARNERS // len(SEEDS)), strict=True):
        got = [(epoch.epoch, epoch.loss, epoch.accuracy) for epoch in learner.epochs]
        assert got == [(epoch["epoch"], epoch["loss"], epoch["accuracy"]) for epoch in reference["epochs"]]
        assert learner.done is not None
        assert learner.done.model_dump(mode="json")["parameters"] == reference["parameters"]
