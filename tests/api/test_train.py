"""POST /train: what one run does and tells, whole and as events; expectations are by hand."""

import asyncio
import math
from typing import Any

import httpx
import numpy as np
import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.bodies import DENSE, EIGHT, NOTHING_LEARNED, ONE, TWO, by_hand, eight_and_two, forward, long_training
from tests.api.bodies import network as notebook
from tests.api.conftest import Post, http_to
from tests.api.event_stream import Sent, events_in, strictly
from tests.api.test_refusals import problem_of

pytestmark = pytest.mark.anyio

EVENTS = {"Accept": "text/event-stream"}
OPTIMIZERS = [
    {"type": "sgd", "learning_rate": 0.05},
    {"type": "sgd", "learning_rate": 0.02, "momentum": 0.9},
    {"type": "adam", "learning_rate": 0.01},
]
THREE = [*eight_and_two()["examples"], {"image": [[1] * 5] * 5, "label": 0}]


async def whole(post: Post, body: Any) -> Any:
    reply = await post("train", body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def events(post: Post, body: Any) -> list[Sent]:
    reply = await post("train", body, **EVENTS)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/event-stream"
    assert reply.headers["cache-control"] == "no-store"
    return list(events_in(reply.text.split("\n")))


async def test_one_step_is_the_one_by_hand(post: Post) -> None:
    reply = await whole(post, by_hand())
    moved = {"dense": {"weight": [[-0.25, 0.25]], "bias": [-0.25, 0.25]}}
    [epoch] = reply["epochs"]
    assert epoch["loss"] == pytest.approx(math.log(2), rel=1e-15)
    assert epoch["accuracy"] == 0  # both scores are equal, and the first is taken
    assert epoch["gradient_norms"] == {"dense": 1}  # four numbers of 1/2 or -1/2
    assert epoch["parameters"] == reply["parameters"] == moved
    assert reply["optimizer_state"] == {"step": 1}
    assert reply["next_epoch"] == 2


async def test_a_batch_steps_by_the_mean_over_its_examples(post: Post) -> None:
    # Two opposite labels on the same image cancel; alone, each would move the scores.
    both = [ONE, ONE | {"label": 0}]
    together = await whole(post, by_hand(examples=both, batch_size=2))
    assert together["parameters"] == NOTHING_LEARNED
    alone = await whole(post, by_hand(examples=both, shuffle=False))
    assert alone["parameters"] != NOTHING_LEARNED
    assert alone["epochs"][0]["loss"] > together["epochs"][0]["loss"]


async def test_the_optimizer_is_by_default_the_notebooks(post: Post) -> None:
    moved = await whole(post, by_hand(optimizer=...))
    assert moved["parameters"]["dense"]["bias"] == [-0.005, 0.005]


async def test_the_events_are_those_of_the_run_with_the_same_bytes(post: Post) -> None:
    body = eight_and_two(probe=EIGHT, test=[{"image": TWO, "label": 2}], first_epoch=4, snapshot_every=4)
    start, *epochs, done = await events(post, body)
    assert (start.kind, start.id) == ("start", 3)
    assert start.data.keys() == {"epochs", "first_epoch", "examples", "multiply_adds"}
    assert (start.data["epochs"], start.data["first_epoch"], start.data["examples"]) == (6, 4, 2)
    assert start.data["multiply_adds"] > 6 * 2 * 160 * 3
    assert [(event.kind, event.id, event.data["epoch"]) for event in epochs] == [("epoch", n, n) for n in range(4, 10)]
    assert (done.kind, done.id, done.data["next_epoch"]) == ("done", 9, 10)
    reply = await post("train", body)
    assert reply.text == '{"epochs":[' + ",".join(event.text for event in epochs) + "]," + done.text[1:]


async def test_snapshots_come_when_they_are_due_and_at_the_end(post: Post) -> None:
    reply = await whole(post, eight_and_two(epochs=7, snapshot_every=3))
    for part in ("parameters", "optimizer_state"):
        assert [epoch["epoch"] for epoch in reply["epochs"] if part in epoch] == [3, 6, 7]
        assert reply["epochs"][-1][part] == reply[part]


async def test_the_probe_is_what_forward_says_with_the_parameters_of_the_epoch(post: Post) -> None:
    reply = await whole(post, eight_and_two(probe=TWO, epochs=3))
    for epoch in reply["epochs"]:
        alone = (await post("forward", forward(image=TWO, parameters=epoch["parameters"]))).json()
        assert epoch["probe"] == alone["traces"][0]


async def test_the_test_is_what_evaluate_says_with_the_parameters_of_the_epoch(post: Post) -> None:
    reference = {"dataset": "notebook", "split": "test"}
    reply = await whole(post, eight_and_two(test=reference, epochs=3))
    for epoch in reply["epochs"]:
        body = {"network": notebook(), "parameters": epoch["parameters"], "examples": reference}
        alone = (await post("evaluate", body)).json()
        assert (epoch["test_loss"], epoch["test_accuracy"]) == (alone["loss"], alone["accuracy"])


async def test_a_reference_stands_for_the_examples_of_its_split_in_order(http: httpx.AsyncClient, post: Post) -> None:
    page = (await http.get("/api/v1/datasets/handwriting", params={"split": "test", "limit": 30})).json()
    assert set(page["splits"]) == {"test"}
    inline = [{"image": image, "label": n} for image, n in zip(page["images"], page["labels"], strict=True)]
    reference = {"dataset": "handwriting", "split": "test", "limit": 30}
    body = {"epochs": 2, "batch_size": 8}
    assert await whole(post, eight_and_two(examples=inline, **body)) == await whole(
        post, eight_and_two(examples=reference, **body)
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["sgd", "momentum", "adam"])
@pytest.mark.parametrize("batch_size", [1, 2])
async def test_going_on_gives_bit_for_bit_what_never_stopping_gives(
    post: Post, optimizer: dict[str, Any], batch_size: int
) -> None:
    body = eight_and_two(examples=THREE, optimizer=optimizer, batch_size=batch_size, epochs=9, probe=EIGHT)
    never_stopped = await whole(post, body)
    first = await whole(post, body | {"epochs": 4})
    going_on = body | {"parameters": first["parameters"], "optimizer_state": first["optimizer_state"]}
    second = [event.data for event in await events(post, going_on | {"epochs": 5, "first_epoch": first["next_epoch"]})]
    assert first["epochs"] + second[1:-1] == never_stopped["epochs"]
    assert second[-1] == {name: never_stopped[name] for name in ("parameters", "optimizer_state", "next_epoch")}


async def test_the_same_request_has_the_same_reply_whatever_trains_beside_it(post: Post) -> None:
    body = eight_and_two(examples={"dataset": "digits"}, epochs=4, optimizer={"type": "adam"}, batch_size=16)
    first = (await post("train", body)).content
    others = [post("train", body | {"seed": seed}) for seed in range(2, 6)]
    again = await asyncio.gather(*others, *[post("train", body) for _ in range(3)])
    assert {reply.content for reply in again[4:]} == {first}
    assert len({reply.content for reply in again}) == 5


async def test_shuffling_depends_on_the_seed_and_not_shuffling_does_not(post: Post) -> None:
    start = (await post("forward", forward(parameters=..., seed=3))).json()["parameters"]
    body = eight_and_two(examples=THREE, parameters=start)
    losses = {
        (shuffle, seed): [e["loss"] for e in (await whole(post, body | {"shuffle": shuffle, "seed": seed}))["epochs"]]
        for shuffle in (True, False)
        for seed in (1, 2)
    }
    assert losses[True, 1] != losses[True, 2]
    assert losses[False, 1] == losses[False, 2]


async def test_what_is_frozen_stays(post: Post) -> None:
    layers = [dict(layer) for layer in notebook()["layers"]]
    layers[0] |= {"out_channels": 2, "frozen_filters": [1]}
    body = eight_and_two(network=notebook(*layers))
    start = (await post("forward", forward(network=body["network"], parameters=..., seed=1))).json()["parameters"]
    end = (await whole(post, body))["parameters"]
    assert end["conv"]["weight"][1] == start["conv"]["weight"][1]
    assert end["conv"]["weight"][0] != start["conv"]["weight"][0]
    layers[0] |= {"frozen": True}
    end = (await whole(post, body | {"network": notebook(*layers)}))["parameters"]
    assert end["conv"] == start["conv"]
    assert end["dense"] != start["dense"]


def diverging() -> dict[str, Any]:
    digits = {"dataset": "digits"}
    return eight_and_two(examples=digits, epochs=20, optimizer={"type": "sgd", "learning_rate": 1000, "momentum": 0.9})


async def test_a_run_that_diverges_is_a_problem_that_says_why_and_how_to_go_on(post: Post) -> None:
    reply = await post("train", diverging())
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    problem = strictly(reply.text)
    assert problem["type"] == "/docs#diverged"
    assert "1000" in problem["cause"]
    assert problem["errors"][0]["field"] == "optimizer.learning_rate"
    assert problem["next_epoch"] == problem["epoch"]
    assert np.isfinite(problem["parameters"]["dense"]["weight"]).all()
    going_on = {key: problem[key] for key in ("parameters", "optimizer_state")}
    calmer = {"type": "sgd", "learning_rate": 0.001, "momentum": 0}
    body = diverging() | going_on | {"first_epoch": problem["next_epoch"], "epochs": 1, "optimizer": calmer}
    assert (await post("train", body | {"optimizer_state": {"step": 0}})).status_code == 200


async def test_a_run_that_diverges_ends_with_the_event_failed(post: Post) -> None:
    problem = (await post("train", diverging())).json()
    first, *epochs, failed = await events(post, diverging())
    assert first.kind == "start"
    assert failed.kind == "failed"
    assert failed.data == problem
    assert failed.id == problem["next_epoch"] - 1
    assert [event.data["epoch"] for event in epochs] == list(range(1, problem["epoch"]))


async def test_what_does_not_fit_is_refused_before_any_event(post: Post) -> None:
    for body in (by_hand(parameters=...), by_hand(optimizer_state={"step": 1, "exp_avg": {}}), by_hand(epochs=10**6)):
        problem_of(await post("train", body, **EVENTS), 422)


async def test_a_fault_of_the_server_becomes_the_event_failed_and_is_logged(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("the secret")

    monkeypatch.setattr("app.services.train._epoch", fail)
    start, failed = await events(post, by_hand())
    assert (start.kind, failed.kind) == ("start", "failed")
    assert failed.data["type"] == "/docs#internal-error"
    assert "secret" not in failed.text
    assert "/api/v1/train failed: RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        ("text/event-stream", True),
        ("application/json, text/event-stream;q=0.9", False),
        ("application/json;q=0.8, text/event-stream;q=0.9", True),
        ("application/json, text/event-stream", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=0, */*", False),
        ("text/event-stream;q=0.1, */*;q=0.1", True),
        ("text/event-stream;q=0.1, */*;q=0.2", False),
        ("text/event-stream;q=0.1, */*;q=0.2, application/json;q=0", True),
        ("TEXT/Event-Stream; charset=utf-8; Q=1.000", True),
        ("text/event-stream;q=much", False),
        ("text/event-stream;q=1_0", False),
        ("text/*, application/json;q=0.5", True),
        ("application/json", False),
        ("*/*", False),
        ("text/html", False),
        ("", False),
    ],
)
async def test_events_are_sent_to_those_who_ask_for_them(post: Post, accept: str, streamed: bool) -> None:
    reply = await post("train", by_hand(), Accept=accept)
    assert reply.headers["content-type"] == ("text/event-stream" if streamed else "application/json")


async def test_more_runs_than_may_wait_are_told_to_come_again() -> None:
    settings = Settings(max_concurrent_trainings=1, max_queued_trainings=1)
    body = by_hand(epochs=2_000, snapshot_every=2_000)
    async with http_to(create_app(settings)) as http:
        sent = [http.post("/api/v1/train", json=body) for _ in range(3)]
        replies = await asyncio.gather(*sent, http.post("/api/v1/train", json=body, headers=EVENTS))
        assert sorted(reply.status_code for reply in replies) == [200, 200, 503, 503]
        for reply in replies:
            if reply.status_code == 503:
                assert reply.headers["retry-after"] == "5"
                problem_of(reply, 503, "busy")
        assert (await http.post("/api/v1/train", json=body)).status_code == 200


async def test_a_run_that_nobody_waits_for_any_more_releases_its_slot() -> None:
    settings = Settings(max_concurrent_trainings=1, max_queued_trainings=1)
    async with http_to(create_app(settings)) as http:
        runs = [asyncio.ensure_future(http.post("/api/v1/train", json=long_training())) for _ in range(2)]
        await asyncio.sleep(0.1)
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)
        assert (await http.post("/api/v1/train", json=by_hand())).status_code == 200


async def test_a_network_whose_parameters_are_all_frozen_or_absent_still_tells_its_loss(post: Post) -> None:
    still = notebook({"type": "flatten"}, {**DENSE, "out_features": 2, "frozen": True}, input_shape=[1, 1, 1])
    reply = await whole(post, by_hand(network=still))
    assert reply["parameters"] == NOTHING_LEARNED
    assert reply["epochs"][0]["gradient_norms"] == {}
    absent = notebook({"type": "flatten"}, input_shape=[2, 1, 1])
    body = by_hand(network=absent, parameters={}, examples=[{"image": [[[0]], [[0]]], "label": 1}])
    assert (await whole(post, body))["epochs"][0]["loss"] == pytest.approx(math.log(2), rel=1e-15)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"first_epoch": 10**12 - 1},
        {"optimizer": {"type": "sgd", "momentum": 0.9}},
        {"optimizer": {"type": "adam"}},
        {"optimizer": {"type": "adam"}, "optimizer_state": {"step": 2**53 - 3}},
    ],
)
async def test_training_can_be_resumed_from_its_response(post: Post, changes: dict[str, Any]) -> None:
    first = by_hand(**changes)
    reply = await post("train", first)
    assert reply.status_code == 200, reply.text
    end = reply.json()
    resumed = first | {name: end[name] for name in ("parameters", "optimizer_state")}
    if end["next_epoch"] < 10**12:
        again = await post("train", resumed | {"first_epoch": end["next_epoch"]})
        assert again.status_code == 200, again.text
    else:  # it may be named, but no epoch comes after it
        problem = await post("train", resumed | {"first_epoch": end["next_epoch"]})
        assert [error["field"] for error in problem.json()["errors"]] == ["first_epoch"]
