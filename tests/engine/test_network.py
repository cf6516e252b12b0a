"""Networks: names, shapes, parameters, traces, and errors that say what would fit."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from app.engine.exceptions import EngineError, NotFiniteError, OptionError, ParameterError, ShapeError
from app.engine.finite import check_finite
from app.engine.layers.avg_pool2d import AvgPool2d
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.leaky_relu import LeakyReLU
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.layers.softmax import Softmax
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network

SMALL = Network(
    (1, 5, 5),
    (
        Conv2d(name="conv", out_channels=2, kernel_size=(3, 3)),
        ReLU(),
        MaxPool2d(kernel_size=(2, 2), ceil_mode=True),
        Flatten(),
        Dense(name="dense", out_features=10),
        Softmax(),
    ),
)


def test_layers_without_a_name_are_called_by_their_type_and_number() -> None:
    layers = (ReLU(), ReLU(name="relu_2"), ReLU(), ReLU(), Conv2d(out_channels=1, kernel_size=(1, 1)))
    network = Network((1, 2, 2), layers)
    assert [layer.name for layer in network.layers] == ["relu", "relu_2", "relu_3", "relu_4", "conv2d"]


def test_a_network_knows_the_shape_of_every_output_and_parameter() -> None:
    assert SMALL.shapes == ((2, 3, 3), (2, 3, 3), (2, 2, 2), (8,), (10,), (10,))
    assert {name: dict(shapes) for name, shapes in SMALL.parameter_shapes.items()} == {
        "conv": {"weight": (2, 1, 3, 3), "bias": (2,)},
        "dense": {"weight": (8, 10), "bias": (10,)},
    }


def test_the_cost_counts_multiply_adds() -> None:
    assert SMALL.cost() == 2 * 9 * 9 + 18 + 8 * 4 + 8 + 80 + 10


def test_a_network_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SMALL.input_shape = (1, 2, 2)  # type: ignore[misc]
    with pytest.raises(TypeError):
        SMALL.parameter_shapes["conv"] = {}  # type: ignore[index]
    assert Network(SMALL.input_shape, SMALL.layers) == SMALL


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, again, other = SMALL.init(7), SMALL.init(7), SMALL.init(8)
    np.testing.assert_equal(first, again)
    assert (first["conv"]["weight"] != other["conv"]["weight"]).all()
    SMALL.check_parameters(first)
    assert SMALL.init(7, np.float32)["dense"]["bias"].dtype == np.float32


def test_more_filters_leave_the_first_ones_as_they_were() -> None:
    wider = Network((1, 5, 5), (Conv2d(name="conv", out_channels=3, kernel_size=(3, 3)), *SMALL.layers[1:]))
    np.testing.assert_array_equal(wider.init(7)["conv"]["weight"][:2], SMALL.init(7)["conv"]["weight"])
    np.testing.assert_array_equal(wider.init(7)["dense"]["weight"][:8], SMALL.init(7)["dense"]["weight"])


def test_a_trace_has_every_output_logits_probabilities_and_the_first_of_equal_maxima() -> None:
    parameters = SMALL.init(0)
    parameters["dense"] = {"weight": np.zeros((8, 10)), "bias": np.array([0.0, 1, 3, 3, 0, 0, 0, 0, 0, 0])}
    images = np.ones((3, 1, 5, 5))
    trace = SMALL.forward(parameters, images)
    assert [layer.name for layer in trace.layers] == ["conv", "relu", "max_pool2d", "flatten", "dense", "softmax"]
    assert [layer.type for layer in trace.layers] == ["conv2d", "relu", "max_pool2d", "flatten", "dense", "softmax"]
    assert tuple(layer.output.shape for layer in trace.layers) == tuple((3, *shape) for shape in SMALL.shapes)
    assert trace.logits is trace.layers[-2].output
    assert trace.probabilities is trace.layers[-1].output
    assert trace.predicted.tolist() == [2, 2, 2]
    assert [layer.winners is not None for layer in trace.layers] == [False, False, True, False, False, False]


def test_without_a_final_softmax_the_last_output_is_the_logits_and_the_probabilities_are_worked_out() -> None:
    network = Network((2,), (Dense(name="dense", out_features=2, bias=False),))
    trace = network.forward({"dense": {"weight": np.eye(2)}}, np.array([[0.0, np.log(3)]]))
    assert trace.logits.tolist() == [[0, np.log(3)]]
    np.testing.assert_allclose(trace.probabilities, [[0.25, 0.75]])
    maps = Network((1, 2, 2), (ReLU(),)).forward({}, np.ones((3, 1, 2, 2)))
    assert maps.probabilities.tolist() == [[0.25] * 4] * 3


def test_a_lone_softmax_takes_the_images_as_logits_and_hands_their_gradient_through() -> None:
    network = Network((3,), (Softmax(),))
    images = np.array([[1.0, 2, 3]])
    trace = network.forward({}, images)
    assert trace.logits is images
    backward = network.backward({}, trace, np.array([[4.0, 5, 6]]))
    assert backward.images.tolist() == [[4, 5, 6]]
    assert backward.layers == ()


def test_backward_gives_the_gradient_at_every_layer_before_the_softmax() -> None:
    parameters, images = SMALL.init(1), np.random.default_rng(0).standard_normal((2, 1, 5, 5))
    trace = SMALL.forward(parameters, images)
    grad_logits = cross_entropy(trace.logits, np.array([3, 8]))[1]
    backward = SMALL.backward(parameters, trace, grad_logits)
    assert [layer.name for layer in backward.layers] == ["conv", "relu", "max_pool2d", "flatten", "dense"]
    for gradient, layer in zip(backward.layers, trace.layers, strict=False):
        assert gradient.gradient.shape == layer.output.shape
    assert backward.layers[-1].gradient is not None
    np.testing.assert_array_equal(backward.layers[-1].gradient, grad_logits)
    assert list(backward.parameters) == ["conv", "dense"]


def test_whole_numbers_are_taken_as_float64_and_float32_stays() -> None:
    assert SMALL.forward(SMALL.init(0), np.ones((1, 1, 5, 5), dtype=int)).logits.dtype == np.float64
    trace = SMALL.forward(SMALL.init(0, np.float32), np.ones((1, 1, 5, 5), dtype=np.float32))
    assert {layer.output.dtype for layer in trace.layers} == {np.dtype(np.float32)}


def test_the_first_layer_that_is_not_finite_is_named() -> None:
    parameters = SMALL.init(0)
    SMALL.forward(parameters, np.ones((1, 1, 5, 5))).check_finite()
    parameters["conv"]["bias"][0] = np.inf
    with np.errstate(invalid="ignore"), pytest.raises(NotFiniteError, match="conv2d 'conv'") as caught:
        SMALL.forward(parameters, np.ones((1, 1, 5, 5))).check_finite()
    assert caught.value.layer_index == 0


def test_huge_numbers_are_finite() -> None:
    check_finite(np.full(9, 1.7e308), "here")
    check_finite(np.full(9, np.float32(3e38)), "here")
    for number in (np.nan, np.inf, -np.inf):
        with pytest.raises(NotFiniteError):
            check_finite(np.array([[1.0, number], [0.0, 0.0]]).T, "here")


@pytest.mark.parametrize(
    ("input_shape", "layers", "error", "index", "field", "words"),
    [
        (
            (1, 5, 5),
            (ReLU(), Conv2d(name="conv", out_channels=1, kernel_size=(7, 7))),
            ShapeError,
            1,
            "kernel_size",
            "conv2d 'conv': kernel_size [7, 7] exceeds the padded input [5, 5]",
        ),
        ((1, 2, 2), (MaxPool2d(kernel_size=(3, 3)),), ShapeError, 0, "kernel_size", "max_pool2d 'max_pool2d'"),
        ((1, 5, 5), (Dense(out_features=2),), ShapeError, 0, "input_shape", "put a flatten layer before it"),
        ((1, 5, 5), (Softmax(),), ShapeError, 0, "input_shape", "[1, 5, 5] is not flat"),
        (
            (5,),
            (Conv2d(out_channels=1, kernel_size=(1, 1)),),
            ShapeError,
            0,
            "input_shape",
            "[channels, height, width]",
        ),
        ((5,), (AvgPool2d(kernel_size=(1, 1)),), ShapeError, 0, "input_shape", "[5] is not a stack of maps"),
        ((1, 5, 5), (), EngineError, None, "layers", "at least one layer"),
        ((1, 5), (ReLU(),), ShapeError, None, "input_shape", "[1, 5] is not the shape of an image"),
        ((1, 0, 5), (ReLU(),), ShapeError, None, "input_shape", "[1, 0, 5]"),
        ((5,), (ReLU(name="a"), ReLU(name="a")), EngineError, 1, "name", "layer 0 has the same name"),
    ],
)
def test_a_network_that_does_not_fit_together_says_which_layer_and_what_would(
    input_shape: Any, layers: Any, error: type[EngineError], index: int | None, field: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        Network(input_shape, layers)
    assert caught.value.layer_index == index
    assert caught.value.field == field
    assert words in str(caught.value)
    assert caught.value.allowed


def test_a_huge_network_is_described_without_making_its_arrays() -> None:
    network = Network((1, 10**6, 10**6), (Conv2d(out_channels=1, kernel_size=(5, 5)), Flatten()))
    assert network.shapes[-1] == ((10**6 - 4) ** 2,)
    assert network.cost() > 10**13


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda p: p.pop("conv"), "parameters.conv", "allowed: an object with weight and bias"),
        (lambda p: p["conv"].pop("bias"), "parameters.conv.bias", "an array of shape [2]"),
        (lambda p: p.update(relu={}), "parameters.relu", "allowed: conv, dense"),
        (lambda p: p["dense"].update(slope=np.zeros(1)), "parameters.dense.slope", "allowed: weight, bias"),
        (
            lambda p: p["dense"].update(weight=np.zeros((10, 8))),
            "parameters.dense.weight",
            "shape [10, 8] does not fit",
        ),
        (lambda p: p["dense"].update(bias=np.zeros(10, dtype=int)), "parameters.dense.bias", "float32 or float64"),
    ],
)
def test_parameters_that_do_not_fit_are_named_with_what_would(change: Any, field: str, words: str) -> None:
    parameters = SMALL.init(0)
    change(parameters)
    with pytest.raises(ParameterError) as caught:
        SMALL.check_parameters(parameters)
    assert caught.value.field == field
    assert words in str(caught.value)


def test_a_pass_that_fails_for_its_parameters_says_so() -> None:
    parameters = SMALL.init(0)
    parameters["conv"]["weight"] = np.zeros((2, 1, 2, 2))
    with pytest.raises(ParameterError, match=r"parameters\.conv\.weight: shape \[2, 1, 2, 2\]"):
        SMALL.forward(parameters, np.ones((1, 1, 5, 5)))
    with pytest.raises(ParameterError, match=r"parameters\.conv: the layer's parameters are missing"):
        SMALL.forward({}, np.ones((1, 1, 5, 5)))


@pytest.mark.parametrize("shape", [(1, 5, 5), (0, 1, 5, 5), (1, 1, 5, 4), (2, 2, 5, 5)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="is not a batch of") as caught:
        SMALL.forward(SMALL.init(0), np.ones(shape))
    assert caught.value.where == "images"


def test_a_gradient_of_another_shape_than_the_logits_is_refused() -> None:
    parameters = SMALL.init(0)
    trace = SMALL.forward(parameters, np.ones((1, 1, 5, 5)))
    with pytest.raises(ShapeError, match="is not that of the logits"):
        SMALL.backward(parameters, trace, np.ones((1, 9)))


@pytest.mark.parametrize(
    ("make", "field", "words"),
    [
        (lambda: Conv2d(name="conv", out_channels=0, kernel_size=(3, 3)), "out_channels", "a whole number >= 1"),
        (lambda: Conv2d(name="conv", out_channels=True, kernel_size=(3, 3)), "out_channels", "True"),
        (
            lambda: Conv2d(name="conv", out_channels=1, kernel_size=(0, 3)),
            "kernel_size",
            "[vertical, horizontal] of such",
        ),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=(3, 3, 3)), "kernel_size", "[3, 3, 3]"),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=3, stride=1.5), "stride", "1.5"),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=3, padding=-1), "padding", "[top, bottom]"),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=3, padding="full"), "padding", "'full'"),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=3, padding="same", stride=2), "padding", "stride 1"),
        (lambda: Conv2d(name="conv", out_channels=1, kernel_size=3, bias=1), "bias", "true or false"),
        (lambda: Conv2d(name="conv", out_channels=10**400, kernel_size=(0, 0)), "kernel_size", "[0, 0]"),
        (lambda: MaxPool2d(name="conv", kernel_size=2, tie_break="last"), "tie_break", "'first' or 'all'"),
        (lambda: MaxPool2d(name="conv", kernel_size=2, padding=2), "padding", "at most [1, 1]"),
        (lambda: AvgPool2d(name="conv", kernel_size=3, padding=((0, 0), (0, 2))), "padding", "half the kernel_size"),
        (lambda: LeakyReLU(name="conv", negative_slope=float("nan")), "negative_slope", "nan"),
        (lambda: LeakyReLU(name="conv", negative_slope=2), "negative_slope", "<= 1"),
        (lambda: Dense(name="conv", out_features="10"), "out_features", "'10'"),
    ],
)
def test_an_option_out_of_range_names_layer_option_value_and_range(make: Any, field: str, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        make()
    assert caught.value.field == field
    assert "'conv'" in caught.value.where
    assert words in str(caught.value)


def test_pairs_and_paddings_may_be_given_short() -> None:
    layer = Conv2d(out_channels=1, kernel_size=3, stride=[1, 2], padding=(1, 2))  # type: ignore[arg-type]
    assert (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (1, 2), ((1, 1), (2, 2)))
    assert Conv2d(out_channels=1, kernel_size=(2, 3), padding="same").padding == ((0, 1), (1, 1))  # type: ignore[arg-type]
    assert Conv2d(out_channels=1, kernel_size=(2, 3), padding="valid").padding == ((0, 0), (0, 0))  # type: ignore[arg-type]
    assert Conv2d(out_channels=1, kernel_size=(2, 3), padding=[[1, 2], [3, 4]]).padding == ((1, 2), (3, 4))  # type: ignore[arg-type]
    assert MaxPool2d(kernel_size=(2, 3)).stride == (2, 3)
    assert LeakyReLU(negative_slope=0).negative_slope == 0.0


@pytest.mark.parametrize(
    ("labels", "words"),
    [([3], "one label [N]"), ([0, 3], "3 is not a class"), ([0, -1], "allowed: 0 to 2")],
)
def test_labels_that_do_not_fit_are_named(labels: list[int], words: str) -> None:
    with pytest.raises(EngineError) as caught:
        cross_entropy(np.zeros((2, 3)), np.array(labels))
    assert words in str(caught.value)
