"""What holds for every layer, whatever its options."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.exceptions import OptionError
from app.engine.layers import LAYERS
from tests.engine.layer_cases import cases_of

KINDS = sorted(LAYERS)
DTYPES = (np.float32, np.float64)
every_layer = pytest.mark.parametrize("kind", KINDS)


def test_the_layers_of_the_design_are_all_there() -> None:
    assert set(KINDS) >= {
        "avg_pool2d",
        "conv2d",
        "dense",
        "flatten",
        "leaky_relu",
        "max_pool2d",
        "relu",
        "sigmoid",
        "softmax",
        "tanh",
    }


@every_layer
def test_a_layer_knows_its_type_and_documents_every_option(kind: str) -> None:
    layer_class = LAYERS[kind]
    assert layer_class.type == kind
    assert layer_class.__doc__
    assert "Gradient" in (layer_class.backward.__doc__ or "")
    assert all(option.metadata["doc"] for option in fields(layer_class))


@every_layer
@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_forward_and_backward_have_the_promised_shapes_and_keep_the_dtype(kind: str, data: Any, dtype: Any) -> None:
    case = data.draw(cases_of(kind))
    x, parameters = case.batch(dtype), case.parameters(dtype)
    y, cache = case.layer.forward(parameters, x)
    assert y.shape == (case.images, *case.layer.output_shape(case.input_shape))
    assert y.dtype == dtype
    grad_x, grads = case.layer.backward(parameters, cache, case.grad_output(dtype))
    assert grad_x.shape == x.shape
    assert grad_x.dtype == dtype
    assert {name: grad.shape for name, grad in grads.items()} == case.layer.parameter_shapes(case.input_shape)
    assert all(grad.dtype == dtype for grad in grads.values())


@every_layer
@given(data=st.data())
def test_nothing_that_goes_in_is_changed_and_the_same_in_gives_the_same_out(kind: str, data: Any) -> None:
    case = data.draw(cases_of(kind))
    x, parameters, grad = case.batch(), case.parameters(), case.grad_output()
    for array in (x, grad, *parameters.values()):
        array.flags.writeable = False
    y, cache = case.layer.forward(parameters, x)
    first = y.copy(), *case.layer.backward(parameters, cache, grad)
    # In between, the same layer serves another image.
    case.layer.forward(parameters, x + 1)
    again, cache = case.layer.forward(parameters, x)
    second = again, *case.layer.backward(parameters, cache, grad)
    np.testing.assert_array_equal(y, first[0])
    np.testing.assert_equal(first, second)


@every_layer
@given(data=st.data())
def test_a_batch_gives_what_its_images_give_one_by_one(kind: str, data: Any) -> None:
    case = data.draw(cases_of(kind))
    x, parameters, grad = case.batch(), case.parameters(), case.grad_output()
    y, cache = case.layer.forward(parameters, x)
    grad_x, grads = case.layer.backward(parameters, cache, grad)
    sums = {name: np.zeros_like(array) for name, array in grads.items()}
    for n in range(case.images):
        y_n, cache_n = case.layer.forward(parameters, x[n : n + 1])
        np.testing.assert_allclose(y_n[0], y[n], rtol=1e-12, atol=1e-12)
        grad_n, grads_n = case.layer.backward(parameters, cache_n, grad[n : n + 1])
        np.testing.assert_allclose(grad_n[0], grad_x[n], rtol=1e-12, atol=1e-12)
        for name in sums:
            sums[name] += grads_n[name]
    for name in sums:
        np.testing.assert_allclose(sums[name], grads[name], rtol=1e-11, atol=1e-11)


@every_layer
@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_the_way_for_single_images_gives_the_same_output_and_a_cache_as_good(kind: str, data: Any, dtype: Any) -> None:
    case = data.draw(cases_of(kind))
    x, parameters, grad = case.batch(dtype)[:1], case.parameters(dtype), case.grad_output(dtype)[:1]
    x.flags.writeable = False
    y, cache = case.layer.forward(parameters, x)
    y_single, cache_single = case.layer.forward_single(case.input_shape)(parameters, x)
    assert y_single.dtype == dtype
    tolerance = 1e-4 if dtype is np.float32 else 1e-12
    np.testing.assert_allclose(y_single, y, rtol=tolerance, atol=tolerance)
    grad_x, grads = case.layer.backward(parameters, cache, grad)
    grad_x_single, grads_single = case.layer.backward(parameters, cache_single, grad)
    np.testing.assert_allclose(grad_x_single, grad_x, rtol=tolerance, atol=tolerance)
    for name in grads:
        np.testing.assert_allclose(grads_single[name], grads[name], rtol=tolerance, atol=tolerance)


@every_layer
@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_init_draws_the_promised_shapes_small_and_repeatably(kind: str, data: Any, dtype: Any) -> None:
    case = data.draw(cases_of(kind))
    drawn = case.layer.init(np.random.default_rng(1), case.input_shape, dtype)
    again = case.layer.init(np.random.default_rng(1), case.input_shape, dtype)
    assert {name: array.shape for name, array in drawn.items()} == case.layer.parameter_shapes(case.input_shape)
    for name, array in drawn.items():
        assert array.dtype == dtype
        assert np.abs(array).max() < 0.1
        np.testing.assert_array_equal(array, again[name])


@every_layer
@given(data=st.data())
def test_an_equal_layer_is_equal_and_its_cost_is_a_whole_number(kind: str, data: Any) -> None:
    case = data.draw(cases_of(kind))
    options = {option.name: getattr(case.layer, option.name) for option in fields(case.layer)}
    assert type(case.layer)(**options) == case.layer
    assert isinstance(case.layer.cost(case.input_shape), int)
    assert case.layer.cost(case.input_shape) > 0


@every_layer
def test_a_name_that_is_not_a_text_is_refused(kind: str) -> None:
    required = {
        "conv2d": {"out_channels": 1, "kernel_size": 1},
        "dense": {"out_features": 1},
        "max_pool2d": {"kernel_size": 1},
        "avg_pool2d": {"kernel_size": 1},
    }
    with pytest.raises(OptionError, match="a text"):
        LAYERS[kind](name=3, **required.get(kind, {}))  # type: ignore[arg-type]
