"""Every limit is shown, and exceeding it is refused by its name."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.bodies import DENSE, EIGHT, NOTHING_LEARNED, ONE, TWO_CLASSES, by_hand, forward, network
from tests.api.conftest import http_to

pytestmark = pytest.mark.anyio

RELU = {"type": "relu"}
FLATTEN = {"type": "flatten"}
CONV = {"type": "conv2d", "out_channels": 1, "kernel_size": 3}
BIG = forward(network=network(FLATTEN, {**DENSE, "out_features": 50}), parameters=..., seed=1)

CASES: list[tuple[str, int, str, Any]] = [
    ("max_layers", 3, "forward", forward(network=network(*[RELU] * 4), parameters=...)),
    ("max_channels", 2, "forward", forward(network=network(RELU, input_shape=[3, 5, 5]))),
    ("max_channels", 2, "forward", forward(network=network({"type": "conv2d", "out_channels": 3, "kernel_size": 1}))),
    ("max_image_side", 4, "forward", forward()),
    ("max_image_side", 4, "convolve", {"input": EIGHT, "kernel": [[1]]}),
    ("max_image_side", 4, "pool", {"input": EIGHT, "kind": "max", "kernel_size": 1}),
    ("max_images", 1, "forward", forward(image=..., images=[EIGHT, EIGHT])),
    ("max_features", 9, "forward", forward()),
    ("max_kernel_size", 2, "forward", forward()),
    ("max_kernel_size", 2, "pool", {"input": EIGHT, "kind": "max", "kernel_size": 3}),
    ("max_kernel_size", 2, "convolve", {"input": EIGHT, "kernel": [[1, 1, 1]]}),
    ("max_signal_length", 4, "convolve", {"input": [1] * 5, "kernel": [1]}),
    ("max_terms", 3, "convolve", {"input": [1, 2], "kernel": [1, 1], "padding": 1, "explain": True}),
    ("max_terms", 3, "pool", {"input": EIGHT, "kind": "max", "kernel_size": 2}),
    ("max_elements", 100, "forward", BIG),
    ("max_multiply_adds", 1_000, "forward", BIG),
    ("max_epochs", 2, "train", by_hand(epochs=3)),
    ("max_examples", 2, "train", by_hand(examples=[ONE] * 3)),
    ("max_examples", 2, "train", by_hand(test=[ONE] * 3)),
    ("max_examples", 300, "train", by_hand(network=network(), examples={"dataset": "digits"})),
    ("max_examples", 2, "evaluate", {"network": TWO_CLASSES, "seed": 0, "examples": [ONE] * 3}),
    ("max_memory_bytes", 1_024, "train", by_hand(examples=[ONE] * 3, batch_size=3)),
    ("max_memory_bytes", 1_024, "evaluate", {"network": TWO_CLASSES, "seed": 0, "examples": [ONE] * 30}),
    ("max_memory_bytes", 1_024, "forward", forward()),
    ("max_memory_bytes", 1_024, "backward", {"network": network(), "seed": 0, "image": EIGHT, "label": 8}),
    ("max_memory_bytes", 1_024, "convolve", {"input": EIGHT, "kernel": [[1]], "explain": True}),
    ("max_memory_bytes", 1_024, "pool", {"input": EIGHT, "kind": "max", "kernel_size": 1}),
    ("max_memory_bytes", 1_024, "responses", {"image": EIGHT}),
    ("max_memory_bytes", 1_024, "output-size", {"size": 100, "layers": [{"kernel_size": 3}]}),
    ("max_multiply_adds", 5, "train", by_hand(examples=[ONE] * 3, batch_size=3)),
    ("max_elements", 100, "train", by_hand(epochs=5)),
    ("max_unstreamed_multiply_adds", 1_000_000, "train", by_hand(epochs=100)),
    ("max_unstreamed_multiply_adds", 100, "evaluate", {"network": TWO_CLASSES, "seed": 0, "examples": [ONE] * 3}),
    ("max_elements", 10, "backward", {"network": TWO_CLASSES, "seed": 0, **ONE}),
    ("max_multiply_adds", 5, "backward", {"network": TWO_CLASSES, "seed": 0, **ONE}),
    ("max_unstreamed_multiply_adds", 1_000_000, "backward", {"network": TWO_CLASSES, "seed": 0, **ONE, "check": True}),
    ("max_elements", 3, "evaluate", {"network": TWO_CLASSES, "seed": 0, "examples": [ONE]}),
    ("max_elements", 20, "output-size", {"size": 10, "layers": [{"kernel_size": 1}] * 2}),
    ("max_image_side", 4, "convolve", {"input": [[1]], "kernel": [[1]], "padding": 5}),
    ("max_image_side", 5, "forward", forward(network=network({**CONV, "padding": 6}), parameters=...)),
    ("max_image_side", 5, "forward", forward(network=network({**CONV, "padding": "same", "dilation": 6}))),
    ("max_snapshots", 1, "replay", {"network": TWO_CLASSES, "snapshots": [NOTHING_LEARNED] * 2, "image": [[1]]}),
    ("max_elements", 5, "replay", {"network": TWO_CLASSES, "snapshots": [NOTHING_LEARNED] * 2, "image": [[1]]}),
    ("max_multiply_adds", 8, "convolve", {"input": [1, 2, 3], "kernel": [1, 1], "padding": 1 + 1}),
]


@pytest.fixture
async def limited(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(create_app(Settings(**request.param))) as client:
        yield client


@pytest.mark.parametrize(
    ("limited", "name", "endpoint", "body"),
    [({name: most}, name, endpoint, body) for name, most, endpoint, body in CASES],
    ids=[f"{name} {endpoint}" for name, _, endpoint, _ in CASES],
    indirect=["limited"],
)
async def test_exceeding_a_limit_is_a_422_that_names_it(
    limited: httpx.AsyncClient, name: str, endpoint: str, body: Any
) -> None:
    reply = await limited.post(f"/api/v1/{endpoint}", json=body)
    assert reply.status_code == 422, reply.text
    assert reply.json()["type"] == "/docs#limit-exceeded"
    assert name in reply.json()["detail"]


@pytest.mark.parametrize(
    ("limited", "accept", "status"),
    [
        ({"max_unstreamed_multiply_adds": 1_000_000}, "text/event-stream", 200),
        ({"max_training_multiply_adds": 1_000_000}, "text/event-stream", 422),
        ({"max_training_multiply_adds": 1_000_000}, "application/json", 200),
    ],
    indirect=["limited"],
)
async def test_a_training_that_is_streamed_may_take_longer(
    limited: httpx.AsyncClient, accept: str, status: int
) -> None:
    reply = await limited.post("/api/v1/train", json=by_hand(epochs=100), headers={"Accept": accept})
    assert reply.status_code == status, reply.text


@pytest.mark.parametrize("limited", [{"max_body_bytes": 1024}], indirect=True)
async def test_a_longer_body_is_a_413_whether_its_length_is_declared_or_not(limited: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            yield b" " * 100

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 1025, chunks()):
        reply = await limited.post("/api/v1/forward", content=content, headers=headers)
        assert reply.status_code == 413
        assert reply.headers["content-type"] == "application/problem+json"
        assert "max_body_bytes = 1024" in reply.json()["detail"]


async def test_a_body_too_long_is_refused_before_it_has_all_arrived() -> None:
    read = 0
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 1000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/forward", "headers": headers, "query_string": b""}
    await create_app(Settings(max_body_bytes=3_500))(scope, receive, send)
    assert read == 4
    assert sent[0]["status"] == 413


async def test_limits_are_those_of_the_settings(http: httpx.AsyncClient) -> None:
    async with http_to(create_app(Settings(max_images=7))) as client:
        limits = (await client.get("/api/v1/limits")).json()
    assert limits["max_images"] == 7
    assert limits["max_json_depth"] == 200
    assert limits.keys() == (await http.get("/api/v1/limits")).json().keys()
    assert "port" not in limits


async def test_json_deeper_than_the_limit_is_a_400(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for depth, status in ((190, 422), (201, 400)):
        content = b'{"image":' + b"[" * depth + b"]" * depth + b"}"
        assert (await http.post("/api/v1/forward", content=content, headers=headers)).status_code == status


async def test_examples_that_can_be_trained_can_be_evaluated(http: httpx.AsyncClient) -> None:
    # 1,100 · 110 = 121,000 multiply-adds: 64 images are within max_multiply_adds, 166 at once would not be.
    given = {
        "network": {"input_shape": [1, 22, 50], "layers": [FLATTEN, {"type": "dense", "out_features": 110}]},
        "seed": 0,
        "examples": [{"image": [[0] * 50] * 22, "label": 0}] * 166,
    }
    trained = await http.post("/api/v1/train", json=given | {"epochs": 1, "batch_size": 64})
    evaluated = await http.post("/api/v1/evaluate", json=given)
    assert [trained.status_code, evaluated.status_code] == [200, 200]
    assert len(evaluated.json()["predictions"]) == 166


async def test_network_without_ties_to_decide_is_not_charged_for_them(http: httpx.AsyncClient) -> None:
    conv = {"type": "conv2d", "name": "conv", "out_channels": 8, "kernel_size": 7}
    layers = [conv, {"type": "tanh"}, {"type": "avg_pool2d", "kernel_size": 2}, FLATTEN, DENSE]
    image = [[[0] * 64] * 64] * 8
    body = {"network": {"input_shape": [8, 64, 64], "layers": layers}, "seed": 0, "image": image, "label": 0}
    assert (await http.post("/api/v1/backward", json=body)).status_code == 200


@pytest.mark.parametrize("most", [3, 7])
def test_the_description_tells_the_limits_of_the_server_that_it_comes_from(most: int) -> None:
    limits = {"max_kernel_size": most, "max_channels": 10 * most, "max_features": 100 * most, "max_epochs": 50 * most}
    description = create_app(Settings(**limits)).openapi()
    schemas = description["components"]["schemas"]
    queries = description["paths"]["/api/v1/kernels/random"]["get"]["parameters"]
    assert [query["schema"]["maximum"] for query in queries] == [most, 2**53 - 1]

    def most_of(model: str, field: str) -> int:
        about = schemas[model]["properties"][field]
        [most] = {form.get("items", form)["maximum"] for form in about.get("anyOf", [about])}
        return int(most)

    assert most_of("PoolRequest", "kernel_size") == most_of("MaxPool2dSpec", "kernel_size") == most
    assert most_of("PoolRequest", "stride") == 2**16 - 1
    assert most_of("OutputSizeRequest", "size") == most_of("AxisLayerSpec", "kernel_size") == 2**16 - 1
    assert most_of("Conv2dSpec", "out_channels") == 10 * most
    assert most_of("DenseSpec", "out_features") == 100 * most
    assert most_of("TrainRequest", "epochs") == 50 * most


LONGEST_NUMBER = len("-1.2345678901234567e-300") + 1
"""Bytes of a float64 with all its digits, and the comma after it."""
NUMBERS_IN_BODY = {
    "max_image_side": lambda most: most**2,
    "max_images": lambda most: most * 25,
    "max_examples": lambda most: most * 25 * 20 // LONGEST_NUMBER,  # 5x5 images of 18 digits between 0 and 1
    "max_signal_length": lambda most: 2 * most,
    "max_kernel_size": lambda most: most**2,
    "max_features": lambda most: 100 * most,
    "max_snapshots": lambda most: 100 * most,
}


@pytest.mark.parametrize("name", NUMBERS_IN_BODY)
def test_every_other_limit_is_reached_by_a_body_within_its_limit(name: str) -> None:
    settings = Settings()
    numbers = NUMBERS_IN_BODY[name](getattr(settings, name))
    around = settings.max_examples * len('{"image":[[],[],[],[],[]],"label":8},') if name == "max_examples" else 1_000
    assert numbers * LONGEST_NUMBER + around <= settings.max_body_bytes


async def test_dense_layer_on_the_largest_image_is_admitted(http: httpx.AsyncClient) -> None:
    layers = [FLATTEN, {**DENSE, "out_features": 1}]
    body = {"network": network(*layers, input_shape=[1, 512, 512]), "seed": 0, "image": [[1] * 512] * 512}
    reply = await http.post("/api/v1/forward", json=body)
    assert reply.status_code == 200, reply.text
    assert len(reply.json()["parameters"]["dense"]["weight"]) == 262_144
