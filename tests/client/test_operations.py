"""The client has a method for every operation of the OpenAPI description, which sends what the operation takes."""

import inspect
import json
from typing import Any

import httpx
import numpy as np
import pytest

from app.client import AsyncClient, Client
from app.main import create_app
from app.settings import Settings
from tests.conftest import Server

DOCUMENT = create_app(Settings()).openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
FIELD_OF = {"signal": "input", "maps": "input", "dataset_id": "id", "experiment_id": "id"}
"""Arguments that have another name than the field that they are."""


def method_of(operation: dict[str, Any]) -> str:
    name = operation["operationId"].removeprefix("get_").removeprefix("list_")
    return "train_whole" if name == "train" else str(name)  # train itself reads events


def example_of(schema: dict[str, Any]) -> Any:
    if "items" in schema:
        return [example_of(schema["items"])]
    return SCHEMAS[schema["$ref"].rpartition("/")[2]]["examples"][0]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda given: str(given)[:40])
def test_method_named_as_the_operation_sends_its_example(method: str, path: str, operation: dict[str, Any]) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(
            200, json=example_of(operation["responses"]["200"]["content"]["application/json"]["schema"])
        )

    body = None
    given = {field["name"]: field["schema"].get("examples", [1])[0] for field in operation.get("parameters", ())}
    given |= {"id": "one-8"} if "{id}" in path else {}
    if "requestBody" in operation:
        given = body = example_of(operation["requestBody"]["content"]["application/json"]["schema"])
    with Client(transport=httpx.MockTransport(answer)) as five:
        call = getattr(five, method_of(operation))
        if method_of(operation) == "train_whole":
            call(given)
        else:
            named = [name for name in inspect.signature(call).parameters if name != "options"]
            first = {name: given[FIELD_OF.get(name, name)] for name in named if FIELD_OF.get(name, name) in given}
            rest = {field: value for field, value in given.items() if field not in {FIELD_OF.get(n, n) for n in first}}
            call(**first, **rest)
    [request] = sent
    assert (request.method, request.url.path) == (method, path.replace("{id}", "one-8"))
    if body is not None:
        assert json.loads(request.content) == body


def test_both_clients_have_the_same_methods() -> None:
    def methods(client: type) -> dict[str, list[inspect.Parameter]]:
        found = inspect.getmembers(client, lambda member: inspect.isfunction(member) and member.__name__[0] != "_")
        return {name: list(inspect.signature(method).parameters.values()) for name, method in found}

    blocking, asynchronous = methods(Client), methods(AsyncClient)
    blocking["aclose"] = blocking.pop("close")
    assert blocking == asynchronous


SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
STAIRS = np.array([[0.0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1]])


def test_arrays_travel_as_npy_both_ways(server: Server) -> None:
    with Client(server.url) as five:
        np.testing.assert_array_equal(five.convolve_array(STAIRS, SOBEL), [[4, 3]])  # 1 + 2 + 1, then 1 + 2 + 1 - 1
        np.testing.assert_array_equal(five.convolve_array([1, 2, 3, 4, 5], [1, 0, -1], stride=2), [-2, -2])
        np.testing.assert_array_equal(five.pool_array([STAIRS], kind="max", kernel_size=(2, 2)), [[[0, 1]]])


@pytest.mark.parametrize(
    ("size", "sent"), [(3, "application/octet-stream"), (31, "application/json")], ids=["in a query", "in a body"]
)
def test_large_kernel_is_sent_where_proxies_take_it(size: int, sent: str, server: Server) -> None:
    requests: list[httpx.Request] = []

    class Recorded(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return super().handle_request(request)

    kernel = np.zeros((size, size))
    kernel[0, 0] = 1 / 3
    image = np.arange(1024.0).reshape(32, 32)
    with Client(server.url, transport=Recorded()) as five:
        output = five.convolve_array(image, kernel)
    np.testing.assert_array_equal(output, image[: 33 - size, : 33 - size] * (1 / 3))
    assert requests[0].headers["Content-Type"] == sent
    assert len(str(requests[0].url)) < 8_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "input is None"),
        ([[1, 2], [3]], "input is no array: its lists differ"),
        ([[1, 2], 3], "input is no array: its lists differ"),
        ([np.eye(2), np.eye(3)], "input is no array: its lists differ"),
        ([["1"]], "input has dtype"),
        ([[np.nan]], "input"),
        ([[1j]], "input"),
    ],
)
def test_invalid_array_raises_before_sending(given: Any, message: str) -> None:
    with Client("http://127.0.0.1:9") as five:
        for kernel in ([[1]], np.zeros((31, 31))):  # sent in a query, and in a body
            with pytest.raises((TypeError, ValueError), match=f"^{message}"):
                five.convolve_array(given, kernel)
        with pytest.raises((TypeError, ValueError), match=f"^{message}"):
            five.pool_array(given, kind="max", kernel_size=2)
