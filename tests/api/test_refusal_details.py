"""What a refusal says beyond the field: the value as it was met, and what would be accepted."""

from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest

from app.schemas.problem import FieldError, Problem
from tests.api.bad_requests import backward, conv, convolve, evaluate, image, net, pool, raw, replay, state
from tests.api.bodies import DENSE, EIGHT, ONE, by_hand, forward, network
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio

FLATTEN = {"type": "flatten"}
MOST = "65535"
OF_A_LAYER = "whole number from 0 to 65535, or [vertical, horizontal] or [[top, bottom], [left, right]] of such"
HUGE = {"dense": {"weight": [[1e308, 0]]}}


async def refused(post: Post, endpoint: str, body: Any) -> FieldError:
    reply = await post(endpoint, body)
    assert reply.status_code == 422, reply.text
    [error] = Problem.model_validate_json(reply.content).errors
    return error


@pytest.mark.parametrize(
    ("endpoint", "body", "value"),
    [
        ("forward", image([0, True], [0, 1]), "true"),
        ("forward", image([0, "-1"], [0, 1]), '"-1"'),
        ("forward", image([0, None], [0, 1]), "null"),
        ("forward", raw("[[NaN]]"), "NaN"),
        ("forward", raw("[[-Infinity]]"), "-Infinity"),
        ("forward", image([0, 1], [0, 1]), "[2, 2]"),
        ("forward", forward(parameters={"conv": {"weight": [3]}}, seed=1), "[1]"),
        ("forward", forward(images=[EIGHT]), '["image", "images"]'),
        ("forward", forward(image=...), None),
        ("convolve", convolve(convention="f*g"), '"f*g"'),
        ("convolve", convolve(kernel=[1] * 4), "[4]"),
        ("convolve", convolve(padding=[[1, 1], [1, 1]]), "[[1, 1], [1, 1]]"),
        ("convolve", {"input": [1]}, None),
        ("forward", forward(parameters={"relu": {"slope": [1]}}, seed=1), '{"slope": an array of shape [1]}'),
        ("forward", forward(parameters={"conv": {"kernel": [1]}}, seed=1), "an array of shape [1]"),
        ("forward", net({"type": "conv3d"}), '"conv3d"'),
        ("train", by_hand(optimizer={"type": "adam", "betas": [0.9]}), "[0.9]"),
    ],
)
async def test_error_shows_the_value_as_json(post: Post, endpoint: str, body: Any, value: str | None) -> None:
    assert (await refused(post, endpoint, body)).value == value


@pytest.mark.parametrize(
    ("endpoint", "body", "allowed"),
    [
        ("forward", forward(images=[EIGHT]), "image or images"),
        ("forward", image([0, 1], [0]), "rows of equal length, here 2"),
        ("forward", forward(image=..., images=[]), "at least 1 item"),
        ("forward", image([]), "at least one number in every list"),
        ("forward", forward(image=[1]), "a list of rows (2 deep) or a list of maps (3 deep)"),
        ("forward", conv(stride="1"), f"a whole number from 1 to {MOST}, or [vertical, horizontal] of such"),
        ("forward", conv(padding=10**12), f'a {OF_A_LAYER}, or "valid" or "same"'),
        ("forward", conv(dilation=[1, 10**12]), f"a whole number from 1 to {MOST}, or [vertical, horizontal] of such"),
        ("forward", conv(name="x" * 65), "at most 64 characters"),
        ("forward", conv(kernel_size=-1), f"a whole number from 1 to {MOST}, or [vertical, horizontal] of such"),
        ("pool", {"input": EIGHT, "kernel_size": 2}, '"max" or "average"'),
        ("backward", {"network": network(), "seed": 1, "image": EIGHT}, "a whole number from 0 to 2147483647"),
        ("evaluate", {"seed": 1, "examples": [ONE]}, "an object"),
        ("output-size", {"size": 5}, "a list of objects"),
        ("forward", net(input_shape=[5, 5]), f"a list of 3 whole numbers from 1 to {MOST}"),
        ("convolve", convolve(padding=[[1, 1], [1, 1]]), "a whole number >= 0 or [left, right]"),
        ("convolve", {"input": EIGHT, "kernel": [[1]], "padding": [1, 1]},
         "a whole number >= 0 or [[top, bottom], [left, right]]"),
        (
            "convolve",
            convolve(padding=10**12),
            f"a whole number from 0 to {MOST}, [left, right] of such for a list of numbers, or [[top, bottom]",
        ),
        ("convolve", convolve(stride=10**12), f"a whole number from 1 to {MOST}, or [vertical, horizontal] of such"),
        ("convolve", convolve(dilation=10**12), f"a whole number from 1 to {MOST}, or [vertical, horizontal] of such"),
    ],
)  # fmt: skip
async def test_error_says_what_is_allowed(post: Post, endpoint: str, body: Any, allowed: str) -> None:
    found = (await refused(post, endpoint, body)).allowed
    assert found is not None
    assert found.startswith(allowed)


@pytest.mark.parametrize(
    ("endpoint", "body", "allowed"),
    [
        ("forward", forward(imgae=EIGHT), "network, parameters, seed, image, images"),
        ("forward", forward(network=network(inputs=1)), "input_shape, layers"),
        ("forward", forward(network=network(FLATTEN | {"size": 1}, DENSE)), "type, name"),
        ("pool", pool(size=2), "input, kind, kernel_size, stride, ceil_mode, tie_break"),
        ("train", by_hand(optimizer={"type": "adam", "momentum": 0}), "type, learning_rate, betas, eps"),
        ("train", state(speed={}), "step, exp_avg, exp_avg_sq, velocity"),
        ("train", by_hand(examples=[ONE, ONE | {"name": "one"}]), "image, label"),
        ("train", by_hand(test={"dataset": "digits", "offset": 1}), "dataset, split, limit"),
    ],
)
async def test_error_for_an_unknown_field_lists_the_known_fields(
    post: Post, endpoint: str, body: Any, allowed: str
) -> None:
    error = await refused(post, endpoint, body)
    assert error.message == "There is no such field"
    assert error.allowed == allowed


async def test_list_without_several_items_is_one_error(post: Post) -> None:
    reply = await post("forward", net(input_shape=[8]))
    found = Problem.model_validate_json(reply.content)
    allowed = f"a list of 3 whole numbers from 1 to {MOST}"
    message = f"Input should be {allowed}"
    assert found.errors == [FieldError(field="network.input_shape", message=message, value="[8]", allowed=allowed)]
    assert found.detail == f"network.input_shape: {message}"


@pytest.mark.parametrize(
    ("query", "message", "value", "allowed"),
    [
        ("page=1", "Unknown query parameter", '"1"', "split, offset, limit"),
        ("offset=x", "Input should be a valid integer", '"x"', "a valid integer"),
        ("split=test", "The data set 'digits' has no split 'test'", '"test"', "train"),
        ("limit=0", "Input should be greater than or equal to 1", '"0"', "greater than or equal to 1"),
    ],
)
async def test_errors_in_a_query_have_the_form_of_errors_in_a_body(
    http: httpx.AsyncClient, query: str, message: str, value: str, allowed: str
) -> None:
    reply = await http.get(f"/api/v1/datasets/digits?{query}")
    [error] = Problem.model_validate_json(reply.content).errors
    assert error == FieldError(field=query.partition("=")[0], message=message, value=value, allowed=allowed)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("kernels?x=2", "no query"),
        ("datasets/handwriting?x=2", "split, offset, limit"),
        ("kernels/random?x=2", "size, seed"),
    ],
)
async def test_unknown_query_parameter_has_one_message(http: httpx.AsyncClient, path: str, allowed: str) -> None:
    reply = await http.get(f"/api/v1/{path}")
    assert reply.status_code == 422
    error = Problem.model_validate_json(reply.content).errors[0]
    assert error == FieldError(field="x", message="Unknown query parameter", value='"2"', allowed=allowed)


async def test_unknown_query_parameter_beside_an_array_has_the_same_message(http: httpx.AsyncClient) -> None:
    file = BytesIO()
    np.save(file, np.eye(2))
    headers = {"Content-Type": "application/octet-stream"}
    reply = await http.post("/api/v1/convolve?kernel=[[1]]&x=2", content=file.getvalue(), headers=headers)
    [error] = Problem.model_validate_json(reply.content).errors
    assert (error.field, error.message, error.value) == ("x", "Unknown query parameter", "2")


@pytest.mark.parametrize(
    ("endpoint", "body", "field", "message"),
    [
        ("forward", forward(parameters={"conv": {"weight": [[[[1e308] * 3] * 3]]}}, seed=1), "network.layers.0",
         "conv2d 'conv': a number is too large for a 64-bit float"),
        ("backward", backward(parameters=HUGE, image=[[10]]), "network.layers.1",
         "dense 'dense': a number is too large for a 64-bit float"),
        # The way there is 1e-310 · 1e308 · 1e308 = 1e306; the way back, from the scores, 1e308 · 1e308.
        ("backward", backward(network=network(FLATTEN, {**DENSE, "name": "one", "out_features": 1},
                                              {**DENSE, "out_features": 2}, input_shape=[1, 1, 1]),
                              parameters={"one": {"weight": [[1e308]], "bias": [0]}} | HUGE, image=[[1e-310]]),
         "network.layers.0", "the gradient of flatten 'flatten': a number is too large for a 64-bit float"),
        ("evaluate", evaluate([ONE, ONE | {"image": [[10]]}]) | {"parameters": HUGE}, "network.layers.1",
         "dense 'dense': a number is too large for a 64-bit float"),
        ("replay", replay({"dense": {"weight": [[1e308, 0]], "bias": [0, 0]}}, image=[[10]]), "network.layers.1",
         "dense 'dense': a number is too large for a 64-bit float"),
    ],
)  # fmt: skip
async def test_overflow_names_its_layer(post: Post, endpoint: str, body: Any, field: str, message: str) -> None:
    error = await refused(post, endpoint, body)
    assert (error.field, error.message) == (field, message)


async def test_misspelled_field_is_named_before_the_field_that_is_missing(post: Post) -> None:
    response = await post("convolve", {"input": [1, 2, 3], "kernal": [1, 0, -1]})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["kernal", "kernel"]
