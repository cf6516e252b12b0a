"""The gradient check: true gradients pass, false ones do not, and a tie is told from an error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.exceptions import EngineError
from app.engine.gradcheck import gradcheck
from app.engine.layers.dense import Dense
from app.engine.network import Network
from benchmarks import notebook
from tests.engine.training_cases import drawings, network_of, whole_kernels

TOLERANCE = 1e-6


@given(
    seed=st.integers(0, 999),
    pool=st.sampled_from(["max_pool2d", "avg_pool2d"]),
    padding=st.sampled_from(["valid", "same"]),
    activation=st.sampled_from(["relu", "leaky_relu", "tanh", "sigmoid"]),
    whole=st.booleans(),
)
@settings(max_examples=40)
def test_every_gradient_passes_ties_or_not(seed: int, pool: str, padding: str, activation: str, whole: bool) -> None:
    network = network_of(2, padding=padding, pool=pool, activation=activation, classes=3)
    images, labels = drawings(1, seed, classes=3)
    parameters = whole_kernels(network, seed)
    if not whole:
        rng = np.random.default_rng(seed)
        parameters = {
            layer: {name: rng.normal(0, 0.5, array.shape) for name, array in arrays.items()}
            for layer, arrays in parameters.items()
        }
    check = gradcheck(network, parameters, images[0], int(labels[0]))
    assert check.max_relative_error < TOLERANCE
    assert not check.tie["dense"]["weight"].any()  # the loss is smooth in all that comes after the pool
    assert not check.tie["dense"]["bias"].any()
    if pool == "avg_pool2d" and activation in ("tanh", "sigmoid"):
        assert not check.tie["conv"]["weight"].any()


def test_a_tie_in_a_max_pool_window_has_two_slopes_worked_by_hand() -> None:
    # Two pixels 1 and 1, a kernel of one number 2, one window over both: the maximum is 2 twice.
    # By the kernel m = 2 + k' moves alike for both: no kink. So the pixels are told apart by two input maps:
    # z = k0·x0 + k1·x1 with x0 = (1, 0), x1 = (0, 1) and k0 = k1 = 2; m = max(k0, k1).
    network = network_of(
        1,
        bias=False,
        classes=2,
        conv={"kernel_size": 1},
        pooling={"kernel_size": (1, 2)},
        dense={"bias": False},
        input_shape=(2, 1, 2),
    )
    image = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    parameters = {"conv": {"weight": np.array([2.0, 2.0]).reshape(1, 2, 1, 1)}, "dense": {"weight": np.eye(2)[:1]}}
    check = gradcheck(network, parameters, image, 1)
    p = np.exp(2) / (np.exp(2) + 1)  # the loss is −ln p1, so its slope by m = score 0 is p
    assert check.tie["conv"]["weight"].all()
    # Growing, either kernel number is the maximum by itself; shrinking, the other one stands in.
    np.testing.assert_allclose(check.right["conv"]["weight"].ravel(), [p, p], rtol=1e-6)
    np.testing.assert_allclose(check.left["conv"]["weight"].ravel(), [0, 0], atol=1e-9)
    np.testing.assert_allclose(check.numeric["conv"]["weight"].ravel(), [p / 2, p / 2], rtol=1e-6)
    # backward gives all of it to the first: right, though no central difference says so.
    np.testing.assert_allclose(check.gradient["conv"]["weight"].ravel(), [p, 0], rtol=1e-12)
    assert check.max_relative_error < TOLERANCE


def test_a_relu_at_exactly_0_is_a_tie() -> None:
    network = network_of(1, classes=2, conv={"kernel_size": 1}, pooling={"kernel_size": 1}, input_shape=(1, 1, 1))
    parameters = {
        "conv": {"weight": np.array([[[[1.0]]]]), "bias": np.array([-1.0])},
        "dense": {"weight": np.array([[1.0, 0.0]]), "bias": np.zeros(2)},
    }
    check = gradcheck(network, parameters, np.ones((1, 1, 1)), 1)
    assert check.tie["conv"]["bias"].all()
    assert check.right["conv"]["bias"][0] == pytest.approx(0.5, rel=1e-5)  # softmax(0, 0)
    assert check.left["conv"]["bias"][0] == pytest.approx(0, abs=1e-9)
    assert check.gradient["conv"]["bias"][0] == 0


def test_the_notebooks_eight_ties_with_its_kernel() -> None:
    network = network_of(bias=False, pooling={"tie_break": "all"})
    parameters = network.init(0)
    parameters["conv"]["weight"] = notebook.KERNEL[None, None]
    check = gradcheck(network, parameters, notebook.EIGHT[None], 8)
    assert check.tie["conv"]["weight"].any()
    assert check.max_relative_error < TOLERANCE


def test_a_wrong_gradient_is_found() -> None:
    class Slanted(Dense):
        def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
            grad_x, grads = super().backward(parameters, cache, grad_output)
            return grad_x, {**grads, "weight": grads["weight"] * (1 + 1e-4)}

    network = network_of(2)
    dense = network.layers[4]
    assert isinstance(dense, Dense)
    slanted = Slanted(name="dense", out_features=dense.out_features)
    wrong = Network(network.input_shape, (*network.layers[:4], replace(slanted), network.layers[5]))
    images, labels = drawings(1)
    parameters = whole_kernels(network)
    assert gradcheck(network, parameters, images[0], int(labels[0])).max_relative_error < TOLERANCE
    assert gradcheck(wrong, parameters, images[0], int(labels[0])).max_relative_error > 1e-5


def test_a_check_leaves_the_parameters_alone_and_refuses_what_does_not_fit() -> None:
    network, (images, labels) = network_of(), drawings(1)
    parameters = whole_kernels(network)
    before = parameters["conv"]["weight"].copy()
    gradcheck(network, parameters, images[0], int(labels[0]))
    np.testing.assert_array_equal(parameters["conv"]["weight"], before)
    with pytest.raises(EngineError):
        gradcheck(network, parameters, images[0], 10)
    with pytest.raises(EngineError):
        gradcheck(network, parameters, images, 1)
