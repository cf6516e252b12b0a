"""POST /backward, /evaluate and /replay: expectations are by hand."""

import math
from typing import Any

import httpx
import numpy as np
import pytest

from app.catalogue import DATASETS
from tests.api.bodies import (
    EIGHT,
    KERNEL,
    LAYERS,
    LOGITS,
    NOTHING_LEARNED,
    ONE,
    POOL,
    PROBABILITIES,
    TWO,
    TWO_CLASSES,
    eight_and_two,
    forward,
    network,
)
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio

BACKWARD = {"network": TWO_CLASSES, "parameters": NOTHING_LEARNED, **ONE}


def of_notebook(**changes: Any) -> dict[str, Any]:
    return forward(label=8) | changes


async def test_the_gradients_of_two_scores_are_those_by_hand(post: Post) -> None:
    reply = (await post("backward", BACKWARD)).json()
    assert reply["loss"] == pytest.approx(math.log(2), rel=1e-15)
    assert reply["layers"] == [
        {"name": "flatten", "type": "flatten", "gradient": [0]},
        {"name": "dense", "type": "dense", "gradient": [0.5, -0.5]},
    ]
    assert reply["parameters"] == {"dense": {"weight": [[0.5, -0.5]], "bias": [0.5, -0.5]}}
    assert reply["trace"]["probabilities"] == [0.5, 0.5]
    assert reply.keys() == {"loss", "layers", "parameters", "trace"}


async def test_the_gradients_of_the_notebook_follow_from_its_printed_probabilities(post: Post) -> None:
    reply = (await post("backward", of_notebook())).json()
    errors = np.array(PROBABILITIES)
    errors[8] -= 1
    pooled = [2, 1, 2, 1]
    assert reply["loss"] == pytest.approx(-math.log(PROBABILITIES[8]), abs=1e-7)
    assert [layer["name"] for layer in reply["layers"]] == ["conv", "relu", "max_pool2d", "flatten", "dense"]
    np.testing.assert_allclose(reply["layers"][-1]["gradient"], errors, rtol=0, atol=1e-8)
    np.testing.assert_allclose(reply["parameters"]["dense"]["bias"], errors, rtol=0, atol=1e-8)
    np.testing.assert_allclose(reply["parameters"]["dense"]["weight"], np.outer(pooled, errors), rtol=0, atol=2e-8)
    # The dense weights are 0, so nothing goes further back.
    assert not np.any(reply["parameters"]["conv"]["weight"])


async def test_every_cell_that_wins_its_window_gets_the_windows_gradient(post: Post) -> None:
    # Only feature 0 (the upper left window) counts, and only for digit 8: its gradient is w (p - 1).
    weight = [[0] * 10 for _ in range(4)]
    weight[0][8] = 1
    parameters = {"conv": {"weight": [[KERNEL]]}, "dense": {"weight": weight, "bias": LOGITS}}
    reply = (await post("backward", of_notebook(parameters=parameters))).json()
    error = reply["trace"]["probabilities"][8] - 1
    by_name = {layer["name"]: layer["gradient"] for layer in reply["layers"]}
    assert by_name["max_pool2d"] == [[[error, 0], [0, 0]]]
    # The window [[1, 2], [0, 2]] has two winners, both of value 2.
    assert by_name["relu"] == by_name["conv"] == [[[0, error, 0], [0, error, 0], [0, 0, 0]]]
    # Their windows of the 8 begin at (0, 1) and (1, 1).
    seen = np.array(EIGHT)[0:3, 1:4] + np.array(EIGHT)[1:4, 1:4]
    np.testing.assert_allclose(reply["parameters"]["conv"]["weight"], error * seen[None, None], rtol=1e-15)


@pytest.mark.parametrize("tie_break", ["first", "all"])
async def test_the_check_measures_the_slopes_and_knows_a_tie_from_an_error(post: Post, tie_break: str) -> None:
    weight = [[0] * 10 for _ in range(4)]
    weight[0][8] = 1
    parameters = {"conv": {"weight": [[KERNEL]]}, "dense": {"weight": weight, "bias": LOGITS}}
    pool = POOL | {"tie_break": tie_break}
    layers = [pool if layer == POOL else layer for layer in LAYERS]
    body = of_notebook(network=network(*layers), parameters=parameters, check=True)
    reply = (await post("backward", body)).json()
    check, gradient = reply["check"], reply["parameters"]
    assert check["max_relative_error"] < 1e-6
    np.testing.assert_allclose(check["dense"]["weight"], gradient["dense"]["weight"], rtol=1e-6, atol=1e-9)
    assert not np.any(reply["ties"]["dense"]["weight"])
    # The two winners of the upper left window look at these parts of the 8. Where the parts differ the loss has a kink.
    upper, lower = np.array(EIGHT)[0:3, 1:4], np.array(EIGHT)[1:4, 1:4]
    kinks = upper != lower
    left, right = (np.array(reply["slopes"][side]["conv"]["weight"])[0, 0] for side in ("left", "right"))
    assert (np.abs(left - right)[kinks] > 0.1).all()
    np.testing.assert_allclose(left[~kinks], right[~kinks], atol=1e-4)
    # Where they are equal, "all" counts the slope twice, which is its rule and no error.
    counted_twice = (lower != 0) & (tie_break == "all")
    assert np.array(reply["ties"]["conv"]["weight"])[0, 0].tolist() == (kinks | counted_twice).tolist()


async def test_with_a_seed_the_reply_tells_the_parameters_it_drew(post: Post) -> None:
    body = {"network": TWO_CLASSES, "seed": 4, **ONE}
    reply = (await post("backward", body)).json()
    parameters = reply.pop("network_parameters")
    again = (await post("backward", {"network": TWO_CLASSES, "parameters": parameters, **ONE})).json()
    assert again == reply


async def test_the_confusion_counts_labels_by_row_and_predictions_by_column(post: Post) -> None:
    # The scores are (x, 0): an inked pixel is read as 0, an empty one too (the first of equals), a negative one as 1.
    parameters = {"dense": {"weight": [[1, 0]], "bias": [0, 0]}}
    pixels = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 1)]
    examples = [{"image": [[x]], "label": label} for x, label in pixels]
    reply = (await post("evaluate", {"network": TWO_CLASSES, "parameters": parameters, "examples": examples})).json()
    assert reply["predictions"] == [0, 0, 0, 1, 1]
    assert reply["confusion"] == [[1, 0], [2, 2]]
    assert reply["accuracy"] == 3 / 5
    inked = 1 / (1 + math.exp(-1))
    np.testing.assert_allclose(reply["probabilities"][:3], [[inked, 1 - inked], [inked, 1 - inked], [0.5, 0.5]])
    np.testing.assert_allclose(reply["label_probabilities"], [inked, 1 - inked, 0.5, inked, inked])
    losses = [-math.log(inked), -math.log(1 - inked), math.log(2), -math.log(inked), -math.log(inked)]
    assert reply["loss"] == pytest.approx(sum(losses) / 5, rel=1e-14)


async def test_the_probabilities_of_every_class_are_left_out_where_they_are_not_wanted(post: Post) -> None:
    body = {"network": TWO_CLASSES, "seed": 1, "examples": [ONE]}
    whole = (await post("evaluate", body)).json()
    brief = (await post("evaluate", body | {"include_probabilities": False})).json()
    assert whole.pop("probabilities")[0][ONE["label"]] == brief["label_probabilities"][0]
    assert brief == whole


async def test_a_whole_data_set_is_evaluated_by_its_name(post: Post) -> None:
    body = {"network": network(), "seed": 2, "examples": {"dataset": "handwriting", "split": "test"}}
    reply = (await post("evaluate", body)).json()
    handwriting = DATASETS["handwriting"]
    labels = handwriting.labels[np.array(handwriting.splits) == "test"]
    assert np.sum(reply["confusion"], axis=1).tolist() == np.bincount(labels, minlength=10).tolist()
    assert len(reply["predictions"]) == len(labels)
    assert reply["accuracy"] == np.trace(reply["confusion"]) / len(labels)


async def test_a_replay_gives_what_forward_gives_with_the_parameters_of_each_epoch(post: Post) -> None:
    run = (await post("train", eight_and_two(epochs=4))).json()
    snapshots = [epoch["parameters"] for epoch in run["epochs"]]
    replies = [(await post("forward", forward(image=TWO, parameters=snapshot))).json() for snapshot in snapshots]
    replay = await post("replay", {"network": network(), "snapshots": snapshots, "image": TWO})
    assert replay.json() == {"traces": [reply["traces"][0] for reply in replies]}


async def test_pages_of_a_split_count_within_it(http: httpx.AsyncClient) -> None:
    async def page(**query: Any) -> Any:
        return (await http.get("/api/v1/datasets/notebook", params=query)).json()

    test, train = await page(split="test"), await page(split="train", limit=1)
    assert (test["total"], test["labels"], test["splits"]) == (1, [2], ["test"])
    assert "next_offset" not in test
    assert (train["total"], train["labels"], train["next_offset"]) == (2, [8], 1)
    assert (await page(split="train", offset=1))["images"] == [TWO]
    assert (await page())["total"] == 3
