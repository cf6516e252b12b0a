"""The client with a service newer than itself, and with what stands between them."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from app.client import AsyncClient, Client, DivergedProblem, DoneOut, EpochOut, ProblemError
from app.main import create_app
from tests.api.bodies import EIGHT, KERNEL, network

BY_NAME = {"parameters", "network_parameters", "responses", "gradient_norms", "check", "ties", "left", "right"}
"""Fields whose keys are names, such as a layer's, so an added one is not an added field."""
ADDED = {"added": {"in": ["a", "newer", 1, "version"]}}
PROBLEM = {"Content-Type": "application/problem+json"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def grown(value: Any) -> Any:
    """`value` with one field more in every object of the API."""
    if isinstance(value, list):
        return [grown(item) for item in value]
    if isinstance(value, dict):
        return {name: inner if name in BY_NAME else grown(inner) for name, inner in value.items()} | ADDED
    return value


class NewerService(httpx.AsyncBaseTransport):
    """The application in this process, with fields added to its responses and events; `sent` are its requests."""

    def __init__(self) -> None:
        self._service = httpx.ASGITransport(create_app())
        self.sent: list[Any] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content or b"null"))
        response = await self._service.handle_async_request(request)
        lines = (await response.aread()).decode().split("\n")
        content = "\n".join(
            "data: "[: 6 * line.startswith("data: ")] + json.dumps(grown(json.loads(line.removeprefix("data: "))))
            if line.startswith(("{", "[", "data: {"))
            else line
            for line in lines
        )
        headers = {"Content-Type": response.headers["Content-Type"]}
        return httpx.Response(response.status_code, headers=headers, content=content)


@pytest.mark.anyio
async def test_fields_that_the_client_does_not_know_are_no_error() -> None:
    async with AsyncClient("http://five.test", transport=NewerService()) as five:
        for listed in (five.kernels, five.datasets, five.patterns, five.experiments):
            assert (await listed())[0].model_extra == ADDED
        for one in (five.limits, five.version):
            assert (await one()).model_extra == ADDED
        assert (await five.dataset("digits")).model_extra == ADDED
        assert (await five.convolve(EIGHT, KERNEL, explain=True)).model_extra == ADDED
        assert (await five.pool(EIGHT, kind="max", kernel_size=2)).windows[0][0].model_extra == ADDED
        assert (await five.output_size(6, [{"kernel_size": 3}])).layers[0].model_extra == ADDED
        assert (await five.responses(EIGHT)).model_extra == ADDED
        assert (await five.forward(network(), seed=1, image=EIGHT)).traces[0].layers[0].model_extra == ADDED
        assert (await five.backward(network(), EIGHT, 8, seed=1, check=True)).slopes.model_extra == ADDED  # type: ignore[union-attr]
        assert (await five.evaluate(network(), {"dataset": "digits"}, seed=1)).model_extra == ADDED


@pytest.mark.anyio
async def test_fields_of_a_training_that_the_client_does_not_know_go_back_to_the_service() -> None:
    service = NewerService()
    async with AsyncClient("http://five.test", transport=service) as five:
        start = (await five.experiment("8-and-2")).train
        assert start.network.layers[0].model_extra == ADDED
        with pytest.raises(ProblemError):  # the service of this version refuses what it does not know
            await five.train_whole(start)
        assert service.sent[-1]["added"] == ADDED["added"]
        assert service.sent[-1]["network"]["layers"][0]["added"] == ADDED["added"]
        body = {"network": network(), "seed": 1, "examples": [{"image": EIGHT, "label": 8}], "epochs": 2}
        *_, epoch, done = [event async for event in five.train(body)]
        assert isinstance(epoch, EpochOut)
        assert isinstance(done, DoneOut)
        assert done.model_extra == ADDED
        with pytest.raises(ProblemError):
            await five.train_whole(body, parameters=done.parameters, optimizer_state=done.optimizer_state)
        assert service.sent[-1]["optimizer_state"]["added"] == ADDED["added"]


@pytest.mark.anyio
async def test_members_of_a_problem_that_the_client_does_not_know_are_kept() -> None:
    async with AsyncClient("http://five.test", transport=NewerService()) as five:
        with pytest.raises(ProblemError, match="exceeds the padded input") as refused:
            await five.convolve([1], [1, 2])
        assert refused.value.problem is not None
        assert refused.value.problem.model_extra == ADDED
        assert refused.value.problem.errors[0].field == "kernel"
        sgd = {"type": "sgd", "learning_rate": 1000}
        ten = [{"image": np.eye(5) * n, "label": n} for n in range(10)]
        with pytest.raises(ProblemError, match="diverged") as diverged:
            await five.train_whole({"network": network(), "seed": 1, "examples": ten, "epochs": 50, "optimizer": sgd})
        assert isinstance(diverged.value.problem, DivergedProblem)
        assert diverged.value.problem.model_extra == ADDED


def answered(status: int, content: bytes, **headers: str) -> ProblemError:
    """The error that a response is."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=content))
    with Client("http://five.test", transport=transport) as five, pytest.raises(ProblemError) as failed:
        five.kernels()
    assert failed.value.status == status
    return failed.value


@pytest.mark.parametrize(
    ("members", "title", "detail"),
    [
        ({}, "", ""),
        ({"title": "Forbidden"}, "Forbidden", ""),
        ({"type": "https://proxy.example/limit", "status": 403, "quota": 5}, "", ""),
        ({"title": "Forbidden", "status": "403", "errors": ["a text"], "detail": None}, "Forbidden", ""),
        ({"detail": "Not now", "errors": {"detail": "a map"}, "status": 9_000}, "", "Not now"),
    ],
)
def test_partial_problem_of_a_proxy_is_read(members: dict[str, Any], title: str, detail: str) -> None:
    error = answered(403, json.dumps(members).encode(), **PROBLEM)
    assert error.problem is not None
    assert error.problem.type == members.get("type", "about:blank")
    assert (error.problem.title, error.problem.detail, error.problem.errors) == (title, detail, [])
    assert error.problem.model_extra == ({"quota": 5} if "quota" in members else {})
    assert (detail or title or "403") in str(error)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", {}),
        (b"", PROBLEM),
        (b"{", PROBLEM),
        (b"[1]", PROBLEM),
        (b'"text"', PROBLEM),
        (b"\xff\xfe", PROBLEM),
        (b"<html><h1>502 Bad Gateway</h1></html>", {"Content-Type": "text/html"}),
        (b'{"message": "Too many"}', {"Content-Type": "application/json"}),
    ],
)
def test_error_without_a_problem_has_problem_none(content: bytes, headers: dict[str, str]) -> None:
    error = answered(502, content, **headers)
    assert error.problem is None
    assert str(error).startswith("502")
