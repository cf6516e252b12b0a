"""GET /experiments: each is a complete body for /train."""

from typing import Any

import httpx
import numpy as np
import pytest

from app.catalogue import EXPERIMENTS, KERNELS
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio


async def experiment(http: httpx.AsyncClient, name: str) -> Any:
    reply = await http.get(f"/api/v1/experiments/{name}")
    assert reply.status_code == 200
    return reply.json()


async def test_experiments_are_listed_in_the_order_of_the_page_and_one_opens_it(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/api/v1/experiments")).json()
    assert [entry["id"] for entry in listed][:6] == [
        "one-8", "8-and-2", "ten-digits", "learn-from-nothing", "frozen-presets", "real-handwriting",
    ]  # fmt: skip
    assert sum(entry["opening"] for entry in listed) == 1
    assert all(entry["name"] and entry["about"] for entry in listed)


@pytest.mark.parametrize("name", EXPERIMENTS)
async def test_every_experiment_trains_and_needs_no_seed_for_its_parameters(
    http: httpx.AsyncClient, post: Post, name: str
) -> None:
    told = await experiment(http, name)
    train = told["train"]
    body = train | {"epochs": 1}
    if isinstance(train["examples"], dict):
        body["examples"] = train["examples"] | {"limit": 40}
    seeded, seedless = [(await post("train", b)) for b in (body, {k: v for k, v in body.items() if k != "seed"})]
    assert seeded.status_code == seedless.status_code == 200, seeded.text
    assert ("test_accuracy" in seeded.json()["epochs"][0]) == ("test" in train)
    assert told["test"] == train.get("test", [])


@pytest.mark.parametrize("name", EXPERIMENTS)
async def test_presets_are_the_kernels_that_the_filters_start_as_or_did_before_they_learned(
    http: httpx.AsyncClient, name: str
) -> None:
    told = await experiment(http, name)
    filters = told["train"]["parameters"]["conv"]["weight"]
    assert len(told["presets"]) == len(filters)
    for preset, weight in zip(told["presets"], filters, strict=True):
        if preset is not None:
            assert np.array_equal(weight[0], KERNELS[preset].matrix) != told["opening"]
    assert told["digit"] in range(10)
    assert told["selected"].startswith("conv")


async def test_the_notebooks_experiments_bring_the_notebooks_drawings(http: httpx.AsyncClient) -> None:
    one = await experiment(http, "one-8")
    both = await experiment(http, "8-and-2")
    assert [example["label"] for example in one["train"]["examples"]] == [8]
    assert [example["label"] for example in both["train"]["examples"]] == [8, 2]
    distorted = [[1, 1, 1, 1, 1], [0, 0, 0, 1, 0], [1, 0, 1, 0, 1], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]]
    assert both["test"] == [{"image": distorted, "label": 2}]
    assert one["train"]["optimizer"] == {"type": "sgd", "learning_rate": 0.01, "momentum": 0}
    assert one["train"]["epochs"] == 50
