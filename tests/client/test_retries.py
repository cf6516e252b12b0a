"""Retries of the client against mock responses: calls of a busy service, and interrupted trainings."""

import json
from typing import Any

import httpx
import pytest

from app.client import AsyncClient, Client, ProblemError
from app.schemas.train import DoneOut, EpochOut, StartOut


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def make_explanation(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def epoch(number: int, **snapshot: Any) -> bytes:
    return make_explanation("epoch", epoch=number, loss=1, accuracy=0, gradient_norms={}, **snapshot)


STATE: dict[str, Any] = {"parameters": {"dense": {"bias": [1.5]}}, "optimizer_state": {"step": 2}}
START = make_explanation("start", epochs=4, first_epoch=1, examples=1, multiply_adds=1)
DONE = make_explanation("done", **STATE, next_epoch=5)


def service(*replies: bytes | httpx.Response) -> tuple[httpx.MockTransport, list[dict[str, Any]]]:
    """What answers each request in turn, the last one for ever; and the bodies it is sent."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        reply = replies[min(len(bodies), len(replies)) - 1]
        return httpx.Response(200, content=reply) if isinstance(reply, bytes) else reply

    return httpx.MockTransport(answer), bodies


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def test_what_comes_again_after_a_loss_is_not_told_again(waits: list[float]) -> None:
    broken_off = START + epoch(1) + epoch(2, **STATE) + epoch(3)
    transport, bodies = service(broken_off, START + epoch(3) + epoch(4, **STATE), START + epoch(3) + epoch(4) + DONE)
    with Client("http://five.test", transport=transport) as five:
        first, *epochs, last = five.train({"epochs": 4, "seed": 1})
    assert isinstance(first, StartOut)
    assert [event.epoch for event in epochs if isinstance(event, EpochOut)] == [1, 2, 3, 4]
    assert isinstance(last, DoneOut)
    assert bodies[1] == bodies[2] == {"epochs": 2, "seed": 1, "first_epoch": 3, **STATE}
    assert waits == [0.25, 0.25]


def test_a_paused_training_goes_on_at_once(waits: list[float]) -> None:
    paused = make_explanation("paused", **STATE, next_epoch=2, epochs_left=3)
    transport, bodies = service(START + epoch(1) + paused, START + epoch(2) + epoch(3) + epoch(4) + DONE)
    with Client("http://five.test", transport=transport) as five:
        assert len(list(five.train({"epochs": 4}))) == 6
    assert bodies[1] == {"epochs": 3, "first_epoch": 2, **STATE}
    assert waits == [0]


def test_a_service_that_does_not_come_back_is_given_up(waits: list[float]) -> None:
    transport, bodies = service(START + epoch(1), httpx.Response(502, text="Bad Gateway"))
    with Client("http://five.test", transport=transport, retries=3) as five, pytest.raises(ProblemError, match="502"):
        list(five.train({"epochs": 4}))
    assert len(bodies) == 4
    assert waits == [0.25, 0.5, 1]


@pytest.mark.parametrize("reply", [httpx.Response(503, text="Busy"), b"", b": nothing\n\n"])
def test_what_has_not_begun_is_not_tried_again(waits: list[float], reply: httpx.Response | bytes) -> None:
    transport, bodies = service(reply)
    refused = pytest.raises((ProblemError, httpx.RemoteProtocolError))
    with Client("http://five.test", transport=transport) as five, refused:
        list(five.train({"epochs": 4}))
    assert len(bodies) == 1
    assert waits == []


SIZES = b'{"sizes": [5], "layers": []}'


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_call_is_repeated_after_the_time_that_the_service_gives(waits: list[float], status: int) -> None:
    unavailable = httpx.Response(status, headers={"Retry-After": "2"})
    transport, bodies = service(unavailable, unavailable, SIZES, unavailable, START + epoch(1) + DONE)
    with Client("http://five.test", transport=transport) as five:
        assert five.output_size(5, []).sizes == [5]
        assert len(list(five.train({"epochs": 4}))) == 3
    assert bodies == [{"size": 5, "layers": []}] * 3 + [{"epochs": 4}] * 2
    assert waits == [2, 2, 2]


@pytest.mark.anyio
async def test_call_of_the_asyncio_client_is_repeated_too(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("app.client.async_client.asyncio.sleep", sleep)
    unavailable = httpx.Response(503, headers={"Retry-After": "2"})
    transport, bodies = service(unavailable, unavailable, SIZES, unavailable, START + epoch(1) + DONE)
    async with AsyncClient("http://five.test", transport=transport) as five:
        assert (await five.output_size(5, [])).sizes == [5]
        assert len([event async for event in five.train({"epochs": 4})]) == 3
    assert len(bodies) == 5
    assert waits == [2, 2, 2]


@pytest.mark.parametrize(
    ("status", "retry_after", "retries", "expected"),
    [(503, "0", 5, [0.25, 0.5, 1, 2, 4]), (503, "61", 5, []), (503, "2", 0, []), (500, "2", 5, []), (503, "", 5, [])],
)
def test_call_is_repeated_only_where_that_can_help(
    waits: list[float], status: int, retry_after: str, retries: int, expected: list[float]
) -> None:
    transport, bodies = service(httpx.Response(status, headers={"Retry-After": retry_after}))
    with Client("http://five.test", transport=transport, retries=retries) as five:
        for call in (lambda: five.output_size(5, []), lambda: list(five.train({"epochs": 4}))):
            with pytest.raises(ProblemError) as failed:
                call()
            assert failed.value.status == status
            assert waits == expected
            assert len(bodies) == len(expected) + 1
            waits.clear()
            bodies.clear()


def test_readiness_is_not_waited_for(waits: list[float]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(503, headers={"Retry-After": "2"}))
    with Client("http://five.test", transport=transport) as five, pytest.raises(ProblemError):
        five.readiness()
    assert waits == []


@pytest.mark.anyio
async def test_the_asyncio_client_goes_on_with_a_paused_training_too() -> None:
    paused = make_explanation("paused", **STATE, next_epoch=2, epochs_left=3)
    transport, bodies = service(START + epoch(1) + paused, START + epoch(2) + epoch(3) + epoch(4) + DONE)
    async with AsyncClient("http://five.test", transport=transport) as five:
        assert len([event async for event in five.train({"epochs": 4})]) == 6
    assert bodies[1] == {"epochs": 3, "first_epoch": 2, **STATE}
