"""Costly requests wait in a line of bounded length, and cheap ones never do."""

import asyncio
import json
from typing import Any

import pytest

from app.api.answer import LONG
from app.execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from app.main import create_app
from app.schemas.backward import BackwardRequest
from app.services.backward import backward
from app.settings import Settings
from tests.api.bodies import DENSE, EIGHT, by_hand, forward, network
from tests.api.conftest import http_to
from tests.api.test_refusals import problem_of

pytestmark = pytest.mark.anyio

CROWDED = {"compute_threads": 1, "compute_queue": 1, "training_slots": 1, "training_queue": 1}
COSTLY = {"input": [[1.5] * 120] * 40, "kernel": [[1] * 31] * 31, "padding": 15}
LONG_BODY = {"input": [[1.5] * 120] * 120, "kernel": [[1]]}
CONVOLUTION = {"type": "conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}
CHECK = {
    "network": network(CONVOLUTION, {"type": "flatten"}, DENSE),
    "seed": 0,
    "image": EIGHT,
    "label": 8,
    "check": True,
}
COMPUTING = {
    "convolve": COSTLY,
    "convolve, a long body": LONG_BODY,
    "evaluate": {"network": network(), "seed": 0, "examples": {"dataset": "handwriting"}},
}
TRAINING = {"train": by_hand(), "backward, a long check": CHECK}


PLACES = [(compute_limiter, "1", COMPUTING), (training_limiter, "5", TRAINING)]
ASKED = [
    pytest.param(seats_of, name.split(",")[0], body, retry_after, id=name)
    for seats_of, retry_after, bodies in PLACES
    for name, body in bodies.items()
]


def test_the_bodies_here_are_as_costly_as_they_should_be() -> None:
    request = BackwardRequest.model_validate_json(json.dumps(CHECK))
    assert backward(request, Settings()).work.cost > LONG
    assert len(json.dumps(LONG_BODY)) > Settings().inline_body_bytes > len(json.dumps(COSTLY))


@pytest.mark.parametrize(("seats_of", "path", "body", "retry_after"), ASKED)
async def test_what_finds_no_place_is_refused_at_once_and_cheap_work_is_done(
    seats_of: Any, path: str, body: Any, retry_after: str
) -> None:
    settings = Settings(**CROWDED, max_terms=30_000)  # of its own, so that its seats are
    seats: ConcurrencyLimiter = seats_of(settings)
    async with http_to(create_app(settings)) as http, seats.slot(""):
        waiting = asyncio.ensure_future(_sit(seats))
        await asyncio.sleep(0)
        reply = await http.post(f"/api/v1/{path}", json=body)
        problem_of(reply, 503, "busy")
        assert reply.headers["retry-after"] == retry_after
        assert (await http.post("/api/v1/forward", json=forward())).status_code == 200
        assert (
            await http.post("/api/v1/backward", json=CHECK | {"network": network(), "check": False})
        ).status_code == 200
        waiting.cancel()


@pytest.mark.parametrize(("seats_of", "path", "body", "retry_after"), ASKED)
async def test_who_goes_away_gives_the_place_in_the_line_back(
    seats_of: Any, path: str, body: Any, retry_after: str
) -> None:
    settings = Settings(**CROWDED, max_terms=30_001)
    seats: ConcurrencyLimiter = seats_of(settings)
    gone = asyncio.Event()
    messages = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": f"/api/v1/{path}", "headers": headers, "query_string": b""}
    async with seats.slot(""):
        asking = asyncio.ensure_future(create_app(settings)(scope, receive, send))
        for _ in range(100):
            await asyncio.sleep(0.01)
            if seats.waiting:
                break
        assert seats.waiting == 1
        gone.set()
        await asyncio.wait_for(asking, 5)
        assert seats.waiting == 0
    assert sent == []
    assert seats.running == 0


async def test_as_many_as_there_are_places_are_all_done() -> None:
    settings = Settings(**CROWDED, max_terms=30_002)
    async with http_to(create_app(settings)) as http:
        asked = [http.post("/api/v1/convolve", json=body) for body in (COSTLY, LONG_BODY | {"kernel": [[2] * 9] * 9})]
        replies = await asyncio.gather(*asked)
    assert [reply.status_code for reply in replies] == [200, 200]


async def _sit(seats: ConcurrencyLimiter) -> None:
    async with seats.slot(""):
        pass
