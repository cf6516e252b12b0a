"""The numbers of the notebook (DESIGN, section 4), and its own Python loops as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.layers.avg_pool2d import AvgPool2d
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.dense import Dense
from app.engine.layers.flatten import Flatten
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.relu import ReLU
from app.engine.layers.softmax import Softmax
from app.engine.losses.cross_entropy import cross_entropy
from app.engine.network import Network
from benchmarks import notebook

EIGHT, KERNEL = notebook.EIGHT, notebook.KERNEL
NETWORK = Network(
    (1, 5, 5),
    (
        Conv2d(name="conv", out_channels=1, kernel_size=(3, 3), bias=False),
        ReLU(),
        MaxPool2d(kernel_size=(2, 2), stride=(2, 2), ceil_mode=True, tie_break="all"),
        Flatten(),
        Dense(name="dense", out_features=10),
        Softmax(),
    ),
)


def parameters_with(kernel: np.ndarray, seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    parameters = NETWORK.init(seed)
    parameters["conv"]["weight"] = kernel[None, None]
    return parameters


def test_the_eight_gives_the_notebooks_feature_map_and_the_same_after_relu() -> None:
    conv, relu, *_ = NETWORK.forward(parameters_with(KERNEL), EIGHT[None, None]).layers
    assert conv.output.tolist() == [[[[1, 2, 1], [0, 2, 0], [1, 2, 1]]]]
    assert relu.output.tolist() == conv.output.tolist()


def test_max_pool_of_the_notebooks_eight_is_2_1_2_1() -> None:
    pool = NETWORK.forward(parameters_with(KERNEL), EIGHT[None, None]).layers[2]
    assert pool.output.tolist() == [[[[2, 1], [2, 1]]]]


def test_the_winners_of_the_notebooks_eight_are_every_cell_that_equals_its_windows_maximum() -> None:
    pool = NETWORK.forward(parameters_with(KERNEL), EIGHT[None, None]).layers[2]
    # Windows: [1,2 / 0,2] twice 2; [1 / 0] once; [1,2] once; [1] once.
    assert pool.winners is not None
    assert pool.winners.astype(int).tolist() == [[[[0, 1, 1], [0, 1, 0], [0, 1, 1]]]]


def test_with_tie_break_first_only_the_first_of_the_two_2s_wins() -> None:
    layer = MaxPool2d(kernel_size=(2, 2), ceil_mode=True)
    _, cache = layer.forward({}, np.array([[[[1.0, 2, 1], [0, 2, 0], [1, 2, 1]]]]))
    assert layer.winners(cache).astype(int).tolist() == [[[[0, 1, 1], [0, 0, 0], [0, 1, 1]]]]
    grad, _ = layer.backward({}, cache, np.array([[[[1.0, 10], [100, 1000]]]]))
    assert grad.tolist() == [[[[0, 1, 10], [0, 0, 0], [0, 100, 1000]]]]


def test_average_pool_of_the_notebooks_eight_divides_by_the_cells_that_exist() -> None:
    m, _ = AvgPool2d(kernel_size=(2, 2), ceil_mode=True).forward({}, np.array([[[[1.0, 2, 1], [0, 2, 0], [1, 2, 1]]]]))
    assert m.tolist() == [[[[(1 + 2 + 0 + 2) / 4, (1 + 0) / 2], [(1 + 2) / 2, 1]]]]


def test_the_printed_softmax_comes_from_the_printed_logits_to_all_printed_digits() -> None:
    logits = [0.05802171, -0.00893779, 0.06423701, -0.05868947, -0.01187308]
    logits += [0.00291787, -0.03199532, 0.0389161, 0.01085836, 0.00250945]
    printed = [0.10520655, 0.09839264, 0.10586247, 0.09361722, 0.09810425]
    printed += [0.09956609, 0.0961499, 0.10321559, 0.10035984, 0.09952544]
    p, _ = Softmax().forward({}, np.array([logits]))
    # The printed logits are themselves rounded: half a digit of theirs and half a digit of the print.
    np.testing.assert_allclose(p[0], printed, rtol=0, atol=6e-9)


whole_images = st.lists(st.lists(st.integers(0, 1), min_size=5, max_size=5), min_size=5, max_size=5)
whole_kernels = st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=3, max_size=3)


@given(image=whole_images, kernel=whole_kernels, seed=st.integers(0, 99))
def test_every_stage_is_what_the_notebooks_loops_give(
    image: list[list[int]], kernel: list[list[int]], seed: int
) -> None:
    x, k = np.array(image, dtype=float), np.array(kernel, dtype=float)
    parameters = parameters_with(k, seed)
    expected = notebook.forward(x, k, parameters["dense"]["weight"], parameters["dense"]["bias"])
    trace = NETWORK.forward(parameters, x[None, None])
    for layer, stage in zip(trace.layers, expected, strict=True):
        np.testing.assert_allclose(layer.output.ravel(), stage.ravel(), rtol=0, atol=1e-12)


@given(image=whole_images, kernel=whole_kernels, label=st.integers(0, 9), seed=st.integers(0, 99))
def test_every_gradient_is_what_the_notebooks_loops_give_ties_and_all(
    image: list[list[int]], kernel: list[list[int]], label: int, seed: int
) -> None:
    x, k = np.array(image, dtype=float), np.array(kernel, dtype=float)
    parameters = parameters_with(k, seed)
    loss, (kernel_grad, weight_grad, bias_grad) = notebook.gradients(
        x, label, k, parameters["dense"]["weight"], parameters["dense"]["bias"]
    )
    trace = NETWORK.forward(parameters, x[None, None])
    losses, grad_logits = cross_entropy(trace.logits, np.array([label]))
    ours = NETWORK.backward(parameters, trace, grad_logits).parameters
    assert losses[0] == pytest.approx(loss, abs=1e-12)
    np.testing.assert_allclose(ours["conv"]["weight"][0, 0], kernel_grad, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours["dense"]["weight"], weight_grad, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours["dense"]["bias"], bias_grad, rtol=0, atol=1e-12)
