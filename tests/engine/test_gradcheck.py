"""The gradient check: true gradients pass, false ones do not, and a tie is told from an error."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.arrays import Parameters
from app.engine.exceptions import EngineError
from app.engine.gradcheck import gradcheck
from app.engine.layers.base import Layer
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.network import Network
from app.explain import explain
from benchmarks import notebook
from tests.engine.training_cases import drawings, network_of, whole_kernels

TOLERANCE = 1e-6


@given(
    seed=st.integers(0, 999),
    pool=st.sampled_from(["max_pool2d", "avg_pool2d"]),
    padding=st.sampled_from(["valid", "same"]),
    activation=st.sampled_from(["relu", "leaky_relu", "tanh", "sigmoid"]),
    tie_break=st.sampled_from(["first", "all"]),
    noise=st.sampled_from([0, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-2, 1.0, 100.0]),
)
@settings(max_examples=60)
def test_every_gradient_passes_at_a_kink_or_at_any_distance_from_it(
    seed: int, pool: str, padding: str, activation: str, tie_break: str, noise: float
) -> None:
    pooling = {"tie_break": tie_break} if pool == "max_pool2d" else {}
    network = network_of(2, padding=padding, pool=pool, activation=activation, classes=3, pooling=pooling)
    images, labels = drawings(1, seed, classes=3)
    rng = np.random.default_rng(seed)
    # Whole kernels make ties and zeros; a little noise moves them a little apart.
    parameters = {
        layer: {name: array + noise * rng.normal(size=array.shape) for name, array in arrays.items()}
        for layer, arrays in whole_kernels(network, seed).items()
    }
    check = gradcheck(network, parameters, images[0], int(labels[0]))
    assert check.max_relative_error < TOLERANCE
    assert not check.tie["dense"]["weight"].any()  # the loss is smooth in all that comes after the pool
    assert not check.tie["dense"]["bias"].any()
    if pool == "avg_pool2d" and activation in ("tanh", "sigmoid"):
        assert not check.tie["conv"]["weight"].any()


DISTANCES = [side * 10.0**-n for n in (12, 10, 8, 7, 6, 5, 4, 3, 1) for side in (-0.9, 0.9)]


def before_a_relu(activation: str = "relu", **options: Any) -> Network:
    """z = k + b of one pixel 1, the activation, and two scores with the weights 1 and 0."""
    return network_of(
        1,
        classes=2,
        conv={"kernel_size": 1},
        pooling={"kernel_size": 1},
        activation=activation,
        input_shape=(1, 1, 1),
        **options,
    )


def at_distance(z: float) -> Parameters:
    return {
        "conv": {"weight": np.array([[[[1.0]]]]), "bias": np.array([z - 1])},
        "dense": {"weight": np.array([[1.0, 0.0]]), "bias": np.zeros(2)},
    }


@pytest.mark.parametrize(("activation", "below"), [("relu", 0.0), ("leaky_relu", 0.01)])
@pytest.mark.parametrize("z", DISTANCES)
def test_slope_near_zero_is_that_of_its_side(activation: str, below: float, z: float) -> None:
    check = gradcheck(before_a_relu(activation), at_distance(z), np.ones((1, 1, 1)), 1)
    # The loss of the label 1 is ln(1 + e^a), so its slope by a is the first probability.
    slope = 1.0 if z > 0 else below
    expected = slope / (1 + np.exp(-slope * z))
    for slopes in (check.numeric, check.left, check.right, check.gradient):
        assert slopes["conv"]["bias"][0] == pytest.approx(expected, rel=1e-9)
    assert not check.tie["conv"]["bias"].any()
    assert check.max_relative_error < TOLERANCE


def between_two_cells(tie_break: str = "first") -> Network:
    """m = max(k0, k1): two input maps, each of which shows one kernel number to one of the two cells."""
    return network_of(
        1,
        bias=False,
        classes=2,
        conv={"kernel_size": 1},
        pooling={"kernel_size": (1, 2), "tie_break": tie_break},
        dense={"bias": False},
        input_shape=(2, 1, 2),
    )


TWO_MAPS = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])


def two_numbers(k0: float, k1: float) -> Parameters:
    return {"conv": {"weight": np.array([k0, k1]).reshape(1, 2, 1, 1)}, "dense": {"weight": np.eye(2)[:1]}}


@pytest.mark.parametrize("tie_break", ["first", "all"])
@pytest.mark.parametrize("gap", DISTANCES)
def test_a_slope_at_any_distance_between_two_cells_is_the_winners(tie_break: str, gap: float) -> None:
    check = gradcheck(between_two_cells(tie_break), two_numbers(2, 2 + gap), TWO_MAPS, 1)
    p = 1 / (1 + np.exp(-max(2, 2 + gap)))
    expected = [0, p] if gap > 0 else [p, 0]
    for slopes in (check.numeric, check.left, check.right, check.gradient):
        np.testing.assert_allclose(slopes["conv"]["weight"].ravel(), expected, rtol=1e-9)
    assert not check.tie["conv"]["weight"].any()


class SlantedConv(Conv2d):
    def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
        grad_x, grads = super().backward(parameters, cache, grad_output)
        return grad_x, {name: grad * 1.01 for name, grad in grads.items()}


class SlantedDense(Dense):
    def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
        grad_x, grads = super().backward(parameters, cache, grad_output)
        return grad_x * 0.99, grads


class InvertedReLU(ReLU):
    def backward(self, parameters: Any, cache: Any, grad_output: Any, tolerance: Any = 0.0) -> Any:
        return grad_output * (cache <= tolerance), {}


class SharingMaxPool(MaxPool2d):
    def backward(self, parameters: Any, cache: Any, grad_output: Any, tolerance: Any = 0.0) -> Any:
        x, _ = cache
        return np.ones_like(x) * grad_output.sum() / 2, {}


def with_fault(network: Network, faulty: type[Layer]) -> Network:
    """The same network with the layer of that kind replaced by a faulty one."""
    kind = faulty.__mro__[1]
    layers = [
        faulty(**{option.name: getattr(layer, option.name) for option in fields(layer)})
        if type(layer) is kind
        else layer
        for layer in network.layers
    ]
    assert any(type(layer) is faulty for layer in layers)
    return Network(network.input_shape, tuple(layers))


@pytest.mark.parametrize("faulty", [SlantedConv, SlantedDense, InvertedReLU])
@pytest.mark.parametrize("z", [0.0, *DISTANCES])
def test_a_wrong_gradient_is_found_at_any_distance_from_0(faulty: type[Layer], z: float) -> None:
    network = with_fault(before_a_relu(), faulty)
    check = gradcheck(network, at_distance(z), np.ones((1, 1, 1)), 1)
    # Where ReLU lets nothing through, there is nothing that could be off by a percent.
    assert (check.max_relative_error > 5e-3) == (z > 0 or faulty is InvertedReLU)


@pytest.mark.parametrize("faulty", [SlantedConv, SlantedDense, SharingMaxPool])
@pytest.mark.parametrize("tie_break", ["first", "all"])
@pytest.mark.parametrize("gap", [0.0, *DISTANCES])
def test_a_wrong_gradient_is_found_at_any_distance_between_two_cells(
    faulty: type[Layer], tie_break: str, gap: float
) -> None:
    network = with_fault(between_two_cells(tie_break), faulty)
    assert gradcheck(network, two_numbers(2, 2 + gap), TWO_MAPS, 1).max_relative_error > 5e-3


def test_both_checks_of_a_gradient_are_one() -> None:
    for seed in range(6):
        tie_break = ("first", "all")[seed % 2]
        network = network_of(1, pooling={"tie_break": tie_break}, classes=3)
        (image,), (label,) = drawings(1, seed, classes=3)
        parameters = whole_kernels(network, seed)
        check = gradcheck(network, parameters, image, int(label))
        places = [(0, 0, *place) for place in np.ndindex(3, 3)]
        cells = [f"gradient.conv.weight[0][0][{place[2]}][{place[3]}]" for place in places]
        for place, explanation in zip(
            places, explain(network, parameters, image, cells, label=int(label), check=True), strict=True
        ):
            assert explanation.check is not None
            assert explanation.check.left == check.left["conv"]["weight"][place]
            assert explanation.check.right == check.right["conv"]["weight"][place]
            assert explanation.check.numeric == check.numeric["conv"]["weight"][place]
            assert explanation.check.verdict == ("tie" if check.tie["conv"]["weight"][place] else "agrees")


def test_a_tie_in_a_max_pool_window_has_two_slopes_worked_by_hand() -> None:
    # Two pixels 1 and 1, a kernel of one number 2, one window over both: the maximum is 2 twice.
    # By the kernel m = 2 + k' moves alike for both: no kink. So the pixels are told apart by two input maps:
    # z = k0·x0 + k1·x1 with x0 = (1, 0), x1 = (0, 1) and k0 = k1 = 2; m = max(k0, k1).
    check = gradcheck(between_two_cells(), two_numbers(2.0, 2.0), TWO_MAPS, 1)
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
    check = gradcheck(before_a_relu(), at_distance(0.0), np.ones((1, 1, 1)), 1)
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
