"""Costly requests wait in a line of bounded length, and cheap ones never do."""

import asyncio
import json
from typing import Any

import pytest

from app.execution.concurrency import ConcurrencyLimiter, compute_limiter, training_limiter
from app.http.responses import LONG
from app.main import create_app
from app.schemas.backward import BackwardRequest
from app.services.backward import backward
from app.settings import Settings
from tests.api.bodies import DENSE, EIGHT, by_hand, forward, network
from tests.api.conftest import http_to
from tests.api.test_refusals import problem_of

pytestmark = pytest.mark.anyio

CROWDED = {"compute_threads": 1, "compute_queue": 1, "max_concurrent_trainings": 1, "max_queued_trainings": 1}
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


LIMITERS = [(compute_limiter, "1", COMPUTING), (training_limiter, "5", TRAINING)]
ASKED = [
    pytest.param(limiter_of, name.split(",")[0], body, retry_after, id=name)
    for limiter_of, retry_after, bodies in LIMITERS
    for name, body in bodies.items()
]


def test_bodies_have_the_cost_that_these_tests_need() -> None:
    request = BackwardRequest.model_validate_json(json.dumps(CHECK))
    assert backward(request, Settings()).work.cost > LONG
    assert len(json.dumps(LONG_BODY)) > Settings().inline_body_bytes > len(json.dumps(COSTLY))


@pytest.mark.parametrize(("limiter_of", "path", "body", "retry_after"), ASKED)
async def test_expensive_request_gets_503_at_capacity_and_cheap_requests_are_answered(
    limiter_of: Any, path: str, body: Any, retry_after: str
) -> None:
    settings = Settings(
        **CROWDED, max_terms=30_000
    )  # different from other settings, because limiters are kept by settings
    limiter: ConcurrencyLimiter = limiter_of(settings)
    async with http_to(create_app(settings)) as http, limiter.slot(""):
        waiting = asyncio.ensure_future(_hold_slot(limiter))
        await asyncio.sleep(0)
        reply = await http.post(f"/api/v1/{path}", json=body)
        problem_of(reply, 503, "busy")
        assert reply.headers["retry-after"] == retry_after
        assert (await http.post("/api/v1/forward", json=forward())).status_code == 200
        assert (
            await http.post("/api/v1/backward", json=CHECK | {"network": network(), "check": False})
        ).status_code == 200
        waiting.cancel()


@pytest.mark.parametrize(("limiter_of", "path", "body", "retry_after"), ASKED)
async def test_client_that_disconnects_leaves_the_queue(
    limiter_of: Any, path: str, body: Any, retry_after: str
) -> None:
    settings = Settings(**CROWDED, max_terms=30_001)
    limiter: ConcurrencyLimiter = limiter_of(settings)
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
    async with limiter.slot(""):
        asking = asyncio.ensure_future(create_app(settings)(scope, receive, send))
        for _ in range(100):
            await asyncio.sleep(0.01)
            if limiter.waiting:
                break
        assert limiter.waiting == 1
        gone.set()
        await asyncio.wait_for(asking, 5)
        assert limiter.waiting == 0
    assert sent == []
    assert limiter.running == 0


async def test_requests_within_slots_and_queue_are_all_answered() -> None:
    settings = Settings(**CROWDED, max_terms=30_002)
    async with http_to(create_app(settings)) as http:
        asked = [http.post("/api/v1/convolve", json=body) for body in (COSTLY, LONG_BODY | {"kernel": [[2] * 9] * 9})]
        replies = await asyncio.gather(*asked)
    assert [reply.status_code for reply in replies] == [200, 200]


async def _hold_slot(limiter: ConcurrencyLimiter) -> None:
    async with limiter.slot(""):
        pass
