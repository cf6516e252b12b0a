"""The notebook's numbers, asked of the API."""

import numpy as np
import pytest

from tests.api.bodies import DENSE, EIGHT, KERNEL, LOGITS, PROBABILITIES, TWO, forward, network
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio

POOL_BODY = {"input": [[1, 2, 1], [0, 2, 0], [1, 2, 1]], "kind": "max", "kernel_size": 2, "ceil_mode": True}


async def test_the_eight_gives_the_notebooks_maps(post: Post) -> None:
    reply = (await post("forward", forward())).json()
    conv, relu, pool, flatten, dense, softmax = reply["traces"][0]["layers"]
    assert conv == {"name": "conv", "type": "conv2d", "output": [[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]}
    assert relu == {"name": "relu", "type": "relu", "output": [[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]}
    assert pool["output"] == [[[2, 1], [2, 1]]]
    assert pool["winners"] == [[[False, True, True], [False, True, False], [False, True, True]]]
    assert flatten["output"] == [2, 1, 2, 1]
    assert dense["output"] == LOGITS
    assert softmax["output"] == reply["traces"][0]["probabilities"]
    assert "parameters" not in reply


async def test_the_printed_logits_give_the_printed_probabilities(post: Post) -> None:
    trace = (await post("forward", forward())).json()["traces"][0]
    assert trace["logits"] == LOGITS
    # The printed logits are themselves rounded: half a digit of theirs and half a digit of the print.
    np.testing.assert_allclose(trace["probabilities"], PROBABILITIES, rtol=0, atol=6e-9)
    assert trace["predicted"] == 2


async def test_several_images_give_the_traces_that_each_gives_alone(post: Post) -> None:
    both = (await post("forward", forward(image=..., images=[EIGHT, [TWO]]))).json()["traces"]
    assert both[0] == (await post("forward", forward())).json()["traces"][0]
    assert both[1] == (await post("forward", forward(image=TWO))).json()["traces"][0]


async def test_a_seed_draws_what_is_not_given_and_the_reply_tells_it(post: Post) -> None:
    body = forward(parameters={"conv": {"weight": [[KERNEL]]}}, seed=3)
    first = await post("forward", body)
    parameters = first.json()["parameters"]
    assert parameters["conv"] == {"weight": [[KERNEL]]}
    assert np.shape(parameters["dense"]["weight"]) == (4, 10)
    assert np.shape(parameters["dense"]["bias"]) == (10,)
    again = await post("forward", body | {"parameters": parameters})
    assert again.content == first.content


async def test_without_a_softmax_the_probabilities_are_still_those_of_the_logits(post: Post) -> None:
    body = forward(network=network({"type": "flatten"}, {**DENSE, "out_features": 2, "bias": False}))
    body["parameters"] = {"dense": {"weight": [[0, 0]] * 25}}
    trace = (await post("forward", body)).json()["traces"][0]
    assert trace["logits"] == [0, 0]
    assert trace["probabilities"] == [0.5, 0.5]
    assert trace["predicted"] == 0


async def test_the_one_dimensional_examples_of_the_notebook(post: Post) -> None:
    plain = (await post("convolve", {"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1]})).json()
    assert plain["output"] == [-2, -2, -2]
    assert plain["output_size"] == [3]
    assert plain["index"] == [[0, 1, 2]]
    turned = {"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1], "convention": "f(i-j)g(j)", "padding": [2, 0]}
    reply = (await post("convolve", turned)).json()
    assert reply["output"] == [1, 2, 2, 2, 2]
    assert reply["padded"] == [0, 0, 1, 2, 3, 4, 5]
    assert "terms" not in reply


async def test_the_two_dimensional_example_of_the_notebook(post: Post) -> None:
    body = {"input": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "kernel": [[1, 0], [0, -1]], "explain": True}
    reply = (await post("convolve", body)).json()
    assert reply["output"] == [[-4, -4], [-4, -4]]
    assert reply["terms"][3] == [
        {"input_index": [1, 1], "kernel_index": [0, 0], "input": 5, "kernel": 1, "product": 5, "padded": False},
        {"input_index": [1, 2], "kernel_index": [0, 1], "input": 6, "kernel": 0, "product": 0, "padded": False},
        {"input_index": [2, 1], "kernel_index": [1, 0], "input": 8, "kernel": 0, "product": 0, "padded": False},
        {"input_index": [2, 2], "kernel_index": [1, 1], "input": 9, "kernel": -1, "product": -9, "padded": False},
    ]


async def test_padded_terms_say_that_they_are_padded(post: Post) -> None:
    body = {"input": [7], "kernel": [2, 3], "padding": [1, 0], "explain": True}
    reply = (await post("convolve", body)).json()
    assert reply["index"] == [[-1]]
    assert reply["terms"] == [
        [
            {"input_index": [-1], "kernel_index": [0], "input": 0, "kernel": 2, "product": 0, "padded": True},
            {"input_index": [0], "kernel_index": [1], "input": 7, "kernel": 3, "product": 21, "padded": False},
        ]
    ]


async def test_max_pool_tells_windows_and_every_winner(post: Post) -> None:
    reply = (await post("pool", POOL_BODY | {"tie_break": "all"})).json()
    assert reply == {
        "output": [[2, 1], [2, 1]],
        "output_size": [2, 2],
        "windows": [
            [{"rows": [0, 2], "columns": [0, 2], "cells": 4}, {"rows": [0, 2], "columns": [2, 3], "cells": 2}],
            [{"rows": [2, 3], "columns": [0, 2], "cells": 2}, {"rows": [2, 3], "columns": [2, 3], "cells": 1}],
        ],
        "winners": [[[[0, 1], [1, 1]], [[0, 2]]], [[[2, 1]], [[2, 2]]]],
    }


async def test_max_pool_with_tie_break_first_names_one_winner_a_window(post: Post) -> None:
    reply = (await post("pool", POOL_BODY)).json()
    assert reply["winners"] == [[[[0, 1]], [[0, 2]]], [[[2, 1]], [[2, 2]]]]


async def test_average_pool_divides_by_the_cells_that_exist(post: Post) -> None:
    reply = (await post("pool", POOL_BODY | {"kind": "average"})).json()
    assert reply["output"] == [[5 / 4, 1 / 2], [3 / 2, 1]]
    assert "winners" not in reply


async def test_pool_of_several_maps_keeps_their_axis_and_stride_may_skip_cells(post: Post) -> None:
    body = {"input": [[[1, 9, 2], [3, 4, 5], [6, 7, 8]]] * 2, "kind": "max", "kernel_size": 1, "stride": 2}
    reply = (await post("pool", body)).json()
    assert reply["output"] == [[[1, 2], [6, 8]]] * 2
    assert reply["winners"][1] == [[[[0, 0]], [[0, 2]]], [[[2, 0]], [[2, 2]]]]
    assert reply["windows"][1][1] == {"rows": [2, 3], "columns": [2, 3], "cells": 1}
