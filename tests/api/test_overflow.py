"""A number too large for a 64-bit float is the same error from every operation, wherever on the way it is."""

import json
from typing import Any

import pytest

from tests.api.conftest import Post
from tests.api.test_refusals import problem_of

pytestmark = pytest.mark.anyio

HUGE = 1.7e308
IMAGE = [[1, 1, 1]]
OPERATIONS = ("forward", "evaluate", "backward", "replay", "explain", "train")


def network(activation: str, pool: str = "max_pool2d") -> dict[str, Any]:
    return {
        "input_shape": [1, 1, 3],
        "layers": [
            {"type": "conv2d", "name": "conv", "out_channels": 1, "kernel_size": [1, 2], "bias": False},
            {"type": activation},
            {"type": pool, "kernel_size": [1, 2]},
            {"type": "flatten"},
            {"type": "dense", "name": "dense", "out_features": 2},
            {"type": "softmax"},
        ],
    }


def parameters(kernel: list[float], weight: list[float]) -> dict[str, Any]:
    return {"conv": {"weight": [[[kernel]]]}, "dense": {"weight": [weight], "bias": [0, 0]}}


def body(
    operation: str,
    net: dict[str, Any],
    given: dict[str, Any],
    image: list[list[float]],
    cell: str = "logits[0]",
    label: int = 0,
) -> dict[str, Any]:
    example = {"image": image, "label": label}
    specific: dict[str, dict[str, Any]] = {
        "forward": {"parameters": given, "image": image},
        "evaluate": {"parameters": given, "examples": [example]},
        "backward": {"parameters": given, **example},
        "replay": {"snapshots": [given], "image": image},
        "explain": {"parameters": given, **example, "cells": [cell]},
        "train": {"parameters": given, "examples": [example], "epochs": 1},
    }
    return {"network": net, **specific[operation]}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("activation", "kernel", "weight", "layer"),
    [
        # The sums are infinite; tanh makes 1 of that, sigmoid 0, ReLU 0.
        ("tanh", [HUGE, HUGE], [2, 0], "0: conv2d 'conv'"),
        ("sigmoid", [-HUGE, -HUGE], [2, 0], "0: conv2d 'conv'"),
        ("relu", [-HUGE, -HUGE], [2, 0], "0: conv2d 'conv'"),
        ("relu", [HUGE / 2, HUGE / 2], [2, 0], "4: dense 'dense'"),
    ],
)
async def test_an_overflow_names_the_layer_though_the_next_one_hides_it(
    post: Post, operation: str, activation: str, kernel: list[float], weight: list[float], layer: str
) -> None:
    given = parameters(kernel, weight)
    problem = problem_of(await post(operation, body(operation, network(activation), given, IMAGE)), 422, "overflow")
    assert problem.detail == f"network.layers.{layer}: a number is too large for a 64-bit float"


async def test_one_cell_that_overflows_beside_the_largest_of_its_window_is_found(post: Post) -> None:
    # The two sums are −infinity and 0, so that max pooling would pass on 0.
    image = [[-1, -1, 1]]
    for operation in OPERATIONS:
        sent = body(operation, network("leaky_relu"), parameters([HUGE, HUGE], [1, 0]), image)
        assert problem_of(await post(operation, sent), 422, "overflow").errors[0].field == "network.layers.0"


@pytest.mark.parametrize(
    ("operation", "status"),
    [("forward", 200), ("replay", 200), ("evaluate", 422), ("backward", 422), ("explain", 422)],
)
async def test_a_loss_that_overflows_is_named(post: Post, operation: str, status: int) -> None:
    # The scores are ±1.7e308, both finite; the loss of the label 1 is their difference.
    given = parameters([0.5, 0.5], [HUGE, -HUGE])
    response = await post(operation, body(operation, network("relu"), given, IMAGE, "gradient.logits[0]", label=1))
    assert response.status_code == status
    if status == 422:
        assert "the loss: a number is too large" in problem_of(response, 422, "overflow").detail


@pytest.mark.parametrize(
    ("operation", "status"), [("forward", 200), ("evaluate", 200), ("backward", 422), ("explain", 422), ("train", 422)]
)
async def test_a_gradient_that_overflows_is_named(post: Post, operation: str, status: int) -> None:
    # The kernel's gradient is error · weight · pixel = 0.5 · 1e200 · 1e200; the pass forward has a kernel of 0.
    given = parameters([0, 0], [1e200, 0])
    cell = "gradient.conv.weight[0][0][0][0]"
    response = await post(operation, body(operation, network("tanh", "avg_pool2d"), given, [[1e200] * 3], cell))
    assert response.status_code == status
    if status == 422:
        assert "the gradient of the parameters of 'conv'" in problem_of(response, 422, "overflow").detail


async def test_losses_whose_sum_is_too_large_have_a_mean(post: Post) -> None:
    given = parameters([0.5, 0.5], [-HUGE / 2, 0])
    sent = body("evaluate", network("relu"), given, IMAGE)
    sent["examples"] *= 4
    assert (await post("evaluate", sent)).json()["loss"] == HUGE / 2


@pytest.mark.parametrize(("field", "value"), [("test", [{"image": [[HUGE] * 3], "label": 0}]), ("probe", [[HUGE] * 3])])
async def test_an_image_that_overflows_at_the_end_of_an_epoch_is_named_before_training(
    post: Post, field: str, value: Any
) -> None:
    sent = body("train", network("tanh"), parameters([1, 1], [1, 0]), IMAGE) | {field: value}
    assert problem_of(await post("train", sent), 422, "overflow").errors[0].field == field


async def test_starting_parameters_that_are_too_large_are_blamed_for_a_failure(post: Post) -> None:
    # The scores are 2 · 400 = 800 and 0: the loss of the label 1 is 800, and e^−800 is 0.
    sent = body("train", network("relu"), parameters([1, 1], [400, 0]), IMAGE, label=1)
    problem = (await post("train", sent)).json()
    assert problem["type"] == "/docs#diverged"
    [error] = problem["errors"]
    assert (error["field"], error["value"]) == ("parameters.dense.weight", "400.0")
    response = await post("train", sent, Accept="text/event-stream")
    failed = json.loads(response.text.partition("event: failed\ndata: ")[2].partition("\n")[0])
    assert failed["errors"][0]["field"] == "parameters.dense.weight"


async def test_convolve_and_responses_name_what_overflows(post: Post) -> None:
    problem = problem_of(await post("convolve", {"input": [HUGE, HUGE], "kernel": [1, 1]}), 422, "overflow")
    assert problem.errors[0].field == "input"
    problem = problem_of(await post("responses", {"image": [[HUGE] * 5] * 5}), 422, "overflow")
    assert problem.errors[0].field == "image"
    assert (await post("pool", {"input": [[HUGE, HUGE]], "kind": "average", "kernel_size": [1, 2]})).json()[
        "output"
    ] == [[HUGE]]
