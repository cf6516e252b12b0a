"""What the API says of itself holds: replies validate, examples work, the same request has the same reply."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from app.schemas.backward import BackwardResponse
from app.schemas.convolve import ConvolveResponse
from app.schemas.datasets import DatasetOut, DatasetPage
from app.schemas.evaluate import EvaluateResponse
from app.schemas.experiments import ExperimentOut, ExperimentResponse
from app.schemas.explain import ExplainResponse
from app.schemas.forward import ForwardResponse
from app.schemas.health import Health, Readiness, Version
from app.schemas.kernels import KernelOut
from app.schemas.limits import LimitsResponse
from app.schemas.output_size import OutputSizeResponse
from app.schemas.pool import PoolResponse
from app.schemas.replay import ReplayResponse
from app.schemas.responses import PatternOut, ResponsesResponse
from app.schemas.train import TrainResponse
from tests.api.bodies import EIGHT, KERNEL, forward
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio

REPLIES: dict[str, Any] = {
    "/healthz": Health,
    "/readyz": Readiness,
    "/version": Version,
    "/api/v1/limits": LimitsResponse,
    "/api/v1/kernels": list[KernelOut],
    "/api/v1/kernels/random": KernelOut,
    "/api/v1/kernels/random?size=31&seed=9007199254740991": KernelOut,
    "/api/v1/datasets": list[DatasetOut],
    "/api/v1/datasets/digits": DatasetPage,
    "/api/v1/datasets/notebook": DatasetPage,
    "/api/v1/datasets/handwriting?split=test": DatasetPage,
    "/api/v1/patterns": list[PatternOut],
    "/api/v1/experiments": list[ExperimentOut],
    "/api/v1/experiments/one-8": ExperimentResponse,
    "/api/v1/experiments/real-handwriting": ExperimentResponse,
}
MODELS: dict[str, Any] = {
    "forward": ForwardResponse,
    "convolve": ConvolveResponse,
    "pool": PoolResponse,
    "train": TrainResponse,
    "backward": BackwardResponse,
    "evaluate": EvaluateResponse,
    "replay": ReplayResponse,
    "explain": ExplainResponse,
    "output-size": OutputSizeResponse,
    "responses": ResponsesResponse,
}


async def openapi(http: httpx.AsyncClient) -> dict[str, Any]:
    description: dict[str, Any] = (await http.get("/openapi.json")).json()
    return description


def every_model(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from every_model(model)


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize("path", REPLIES)
async def test_every_get_replies_as_its_model_says(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    TypeAdapter(REPLIES[path]).validate_json(reply.content, extra="forbid")


async def test_every_example_works_when_it_is_posted_and_replies_as_its_model_says(http: httpx.AsyncClient) -> None:
    description = await openapi(http)
    tried = 0
    for path, operations in description["paths"].items():
        if "post" not in operations:
            continue
        schema = resolved(description, operations["post"]["requestBody"]["content"]["application/json"]["schema"])
        for example in schema["examples"]:
            reply = await http.post(path, json=example)
            assert reply.status_code == 200, reply.text
            MODELS[path.rpartition("/")[2]].model_validate_json(reply.content, extra="forbid")
            tried += 1
    assert tried >= len(MODELS)


async def test_every_model_has_examples_and_they_fit_it(http: httpx.AsyncClient) -> None:
    models = {model.__name__: model for model in every_model(BaseModel)}
    description = await openapi(http)
    for name, schema in description["components"]["schemas"].items():
        if name in {"Parameters", "Array", "Image"}:  # types of fields
            continue
        assert schema["type"] == "object", name
        assert schema.get("examples"), name
        for example in schema["examples"]:
            models[name].model_validate_json(json.dumps(example), extra="forbid")


async def test_the_example_of_forward_is_the_notebooks(http: httpx.AsyncClient) -> None:
    description = await openapi(http)
    [example] = description["components"]["schemas"]["ForwardRequest"]["examples"]
    assert example["image"] == EIGHT
    trace = (await http.post("/api/v1/forward", json=example)).json()["traces"][0]
    assert trace["layers"][0]["output"] == [[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]
    assert trace["layers"][2]["output"] == [[[2, 1], [2, 1]]]


async def test_every_field_and_operation_is_described(http: httpx.AsyncClient) -> None:
    description = await openapi(http)
    bare = [
        f"{name}.{field}"
        for name, schema in description["components"]["schemas"].items()
        for field, about in schema.get("properties", {}).items()
        if "description" not in about and "$ref" not in about
    ]
    assert bare == []
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert operation.get("description"), path


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("forward", forward()),
        ("forward", forward(parameters=..., seed=5)),
        ("convolve", {"input": EIGHT, "kernel": KERNEL, "explain": True}),
        ("pool", {"input": EIGHT, "kind": "average", "kernel_size": 2}),
    ],
)
async def test_the_same_request_has_the_same_reply_whatever_runs_beside_it(
    post: Post, endpoint: str, body: Any
) -> None:
    first = (await post(endpoint, body)).content
    others = [post("forward", forward(image=[[n] * 5] * 5)) for n in range(5)]
    again = await asyncio.gather(*others, *[post(endpoint, body) for _ in range(5)])
    assert {reply.content for reply in again[5:]} == {first}


async def test_a_slope_of_minus_zero_does_not_serve_the_network_of_zero(post: Post) -> None:
    def body(slope: str) -> bytes:
        layers = [{"type": "leaky_relu", "negative_slope": "SLOPE"}]
        network = {"input_shape": [1, 1, 1], "layers": layers}
        return json.dumps({"network": network, "parameters": {}, "image": [[-1]]}).replace('"SLOPE"', slope).encode()

    replies = {(await post("forward", body(slope))).content for slope in ("0.0", "-0.0", "0", "0e3")}
    assert len(replies) == 1


async def test_costly_requests_are_answered_too(post: Post) -> None:
    image = [[1] * 200] * 200
    network = {"input_shape": [1, 200, 200], "layers": [{"type": "avg_pool2d", "kernel_size": 20}]}
    reply = await post("forward", {"network": network, "image": image, "parameters": {}})
    assert reply.status_code == 200
    assert reply.json()["traces"][0]["layers"][0]["output"] == [[[1] * 10] * 10]


async def test_a_large_input_is_convolved_exactly(post: Post) -> None:
    body = {"input": [[1] * 300] * 300, "kernel": [[1, 2], [3, 4]]}
    output = (await post("convolve", body)).json()["output"]
    assert output == [[10] * 299] * 299


@pytest.mark.parametrize("endpoint", ["pool", "forward"])
async def test_an_average_is_finite_where_only_the_sum_is_not(post: Post, endpoint: str) -> None:
    layer = {"type": "avg_pool2d", "kernel_size": [1, 2]}
    image = [[-1e308, -1e308, 1e308, 1]]
    network = {"input_shape": [1, 1, 4], "layers": [layer]}
    bodies: dict[str, Any] = {
        "pool": {"input": image, "kind": "average", "kernel_size": [1, 2]},
        "forward": {"network": network, "image": image, "parameters": {}},
    }
    reply = (await post(endpoint, bodies[endpoint])).json()
    output = reply["output"] if endpoint == "pool" else reply["traces"][0]["layers"][0]["output"][0]
    assert output == [[-1e308, 5e307]]


async def test_kernels_are_what_is_applied(http: httpx.AsyncClient) -> None:
    kernels = {kernel["id"]: kernel for kernel in (await http.get("/api/v1/kernels")).json()}
    assert kernels["notebook"]["matrix"] == KERNEL
    assert kernels["gaussian-blur"]["divisor"] == 16
    assert kernels["gaussian-blur"]["matrix"] == [[n / 16 for n in row] for row in ([1, 2, 1], [2, 4, 2], [1, 2, 1])]
    assert kernels["box-blur"]["matrix"] == [[1 / 9] * 3] * 3


async def test_a_random_kernel_is_its_hundredths_and_its_seed_repeats_it(http: httpx.AsyncClient) -> None:
    async def drawn(query: str) -> dict[str, Any]:
        kernel: dict[str, Any] = (await http.get(f"/api/v1/kernels/random?{query}")).json()
        return kernel

    kernel = await drawn("size=4&seed=7")
    assert (kernel["id"], kernel["name"], kernel["divisor"]) == ("random", "Random 7", 100)
    assert [len(row) for row in kernel["matrix"]] == [4] * 4
    assert kernel["matrix"] == [[number / 100 for number in row] for row in kernel["numerators"]]
    assert await drawn("seed=7&size=4") == kernel
    assert (await drawn("seed=8&size=4"))["matrix"] != kernel["matrix"]
    assert (await drawn("seed=0&size=3")) == await drawn("")
    assert kernel.keys() == (await http.get("/api/v1/kernels")).json()[0].keys()


async def test_pages_of_a_data_set_make_the_whole(http: httpx.AsyncClient) -> None:
    whole = (await http.get("/api/v1/datasets/notebook")).json()
    assert whole["images"][0] == EIGHT
    assert whole["labels"] == [8, 2, 2]
    assert whole["splits"] == ["train", "train", "test"]
    assert "next_offset" not in whole
    images, offset = [], 0
    while offset is not None:
        page = (await http.get("/api/v1/datasets/notebook", params={"offset": offset, "limit": 2})).json()
        images += page["images"]
        offset = page.get("next_offset")
    assert images == whole["images"]
    beyond = (await http.get("/api/v1/datasets/notebook", params={"offset": 10})).json()
    assert beyond["images"] == []
