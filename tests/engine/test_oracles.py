"""conv2d, the poolings, dense and softmax against scipy, over random shapes, strides, paddings and dilations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, signal, special

from app.engine import windows
from app.engine.arrays import Array
from app.engine.layers.avg_pool2d import AvgPool2d
from app.engine.layers.conv2d import Conv2d
from app.engine.layers.max_pool2d import MaxPool2d
from app.engine.layers.softmax import softmax
from app.engine.losses.cross_entropy import cross_entropy
from tests.engine.layer_cases import Case, cases_of

every_path = pytest.mark.parametrize("path", ["slices", "gather", "single"])


def forward_by(path: str, case: Case) -> Array:
    """Forward of a case's batch: with a slice copy per kernel cell, with gathers, or as single images."""
    x, parameters = case.batch(), case.parameters()
    if path == "single":
        forward = case.layer.forward_single(case.input_shape)
        return np.concatenate([forward(parameters, image[None])[0] for image in x])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "GATHER_LIMIT", 0 if path == "slices" else windows.GATHER_LIMIT)
        windows.windows_over.cache_clear()
        y, _ = case.layer.forward(parameters, x)
    windows.windows_over.cache_clear()
    return y


def conv2d_by_scipy(layer: Conv2d, weight: Array, bias: Array | None, x: Array) -> Array:
    """scipy knows neither stride nor dilation: spread the kernel out, correlate everywhere, then skip."""
    (vertical, horizontal), (down, right) = layer.padding, layer.stride
    spread = np.zeros(
        (*weight.shape[:2], *(d * (k - 1) + 1 for d, k in zip(layer.dilation, layer.kernel_size, strict=True)))
    )
    spread[:, :, :: layer.dilation[0], :: layer.dilation[1]] = weight
    padded = np.pad(x, ((0, 0), (0, 0), vertical, horizontal))
    maps = [
        [sum(signal.correlate2d(image[i], kernels[i], mode="valid") for i in range(len(kernels))) for kernels in spread]
        for image in padded
    ]
    z = np.array(maps)[:, :, ::down, ::right]
    return z if bias is None else z + bias[:, None, None]


@every_path
@given(case=cases_of("conv2d"))
def test_conv2d_agrees_with_scipys_correlation(path: str, case: Case) -> None:
    layer, parameters = case.layer, case.parameters()
    assert isinstance(layer, Conv2d)
    expected = conv2d_by_scipy(layer, parameters["weight"], parameters.get("bias"), case.batch())
    z = forward_by(path, case)
    assert z.shape == expected.shape
    np.testing.assert_allclose(z, expected, rtol=1e-11, atol=1e-11)


@given(case=cases_of("conv2d"), numbers=st.integers(1, 200))
def test_a_large_map_by_bands_of_rows_agrees_with_scipys_correlation(case: Case, numbers: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.engine.layers.conv2d.LARGE_MAP", 0)
        patch.setattr(windows, "BAND_NUMBERS", numbers)
        layer, x, parameters = case.layer, case.batch(), case.parameters()
        assert isinstance(layer, Conv2d)
        z, cache = layer.forward(parameters, x)
        np.testing.assert_allclose(
            z, conv2d_by_scipy(layer, parameters["weight"], parameters.get("bias"), x), rtol=1e-11, atol=1e-11
        )
        by_bands = layer.backward(parameters, cache, case.grad_output())
    whole = layer.backward(parameters, layer.forward(parameters, x)[1], case.grad_output())
    np.testing.assert_equal(by_bands, whole)


def pooled_by_scipy(layer: Any, x: Array, function: Any) -> Array:
    """scipy.ndimage filters every place with the window's first cell there; cells outside are NaN to `function`."""
    (height, width), (down, right) = layer.kernel_size, layer.stride
    (top, _), (left, _) = layer.padding
    # Room for partial windows all around, so that ndimage never has to make up a border.
    room = ((0, 0), (0, 0), (top, height + down), (left, width + right))
    padded = np.pad(x, room, constant_values=np.nan)
    everywhere = ndimage.generic_filter(
        padded, function, size=(1, 1, height, width), origin=(0, 0, -(height // 2), -(width // 2)), mode="constant"
    )
    rows, columns = layer.output_shape(x.shape[1:])[1:]
    result: Array = everywhere[:, :, : rows * down : down, : columns * right : right]
    return result


def nan_mean(cells: Array) -> float:
    return float(np.mean(cells[~np.isnan(cells)])) if not np.isnan(cells).all() else np.nan


def nan_max(cells: Array) -> float:
    return float(np.max(cells[~np.isnan(cells)])) if not np.isnan(cells).all() else np.nan


@every_path
@pytest.mark.parametrize(("kind", "function"), [("max_pool2d", nan_max), ("avg_pool2d", nan_mean)])
@given(data=st.data())
def test_pooling_agrees_with_scipys_filters(path: str, kind: str, function: Any, data: Any) -> None:
    case = data.draw(cases_of(kind))
    expected = pooled_by_scipy(case.layer, case.batch(), function)
    np.testing.assert_allclose(forward_by(path, case), expected, rtol=1e-13, atol=1e-13)


def winners_by_hand(layer: MaxPool2d, image: Array) -> Array:
    """For each map and window, its cells looked through row by row."""
    winners = np.zeros(image.shape, dtype=np.bool_)
    (top, _), (left, _) = layer.padding
    (down, right), (rows, columns) = layer.stride or layer.kernel_size, layer.kernel_size
    for channel, row, column in np.ndindex(layer.output_shape(image.shape)):
        cells = [
            (channel, y, x)
            for y in range(row * down - top, row * down - top + rows)
            for x in range(column * right - left, column * right - left + columns)
            if 0 <= y < image.shape[1] and 0 <= x < image.shape[2]
        ]
        best = max(image[cell] for cell in cells)
        ties = [cell for cell in cells if image[cell] == best]
        for cell in ties[:1] if layer.tie_break == "first" else ties:
            winners[cell] = True
    return winners


@pytest.mark.parametrize("limit", [0, windows.GATHER_LIMIT])
@given(case=cases_of("max_pool2d"))
def test_the_winners_are_those_found_by_looking_through_every_window(limit: int, case: Case) -> None:
    layer, x = case.layer, np.sign(case.batch())  # only -1, 0 and 1, so that there are many ties
    assert isinstance(layer, MaxPool2d)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "GATHER_LIMIT", limit)
        windows.windows_over.cache_clear()
        winners = layer.winners(layer.forward({}, x)[1])
    windows.windows_over.cache_clear()
    assert winners.dtype == np.bool_
    np.testing.assert_array_equal(winners, [winners_by_hand(layer, image) for image in x])


@given(case=cases_of("dense"))
def test_dense_agrees_with_a_sum_written_out(case: Case) -> None:
    x, parameters = case.batch(), case.parameters()
    o, _ = case.layer.forward(parameters, x)
    expected = np.einsum("nk,kd->nd", x, parameters["weight"]) + parameters.get("bias", 0)
    np.testing.assert_allclose(o, expected, rtol=1e-12, atol=1e-12)


@given(case=cases_of("softmax"), scale=st.sampled_from([1e-8, 1.0, 50.0, 1e5, 1e300]))
def test_softmax_agrees_with_scipy_at_any_scale(case: Case, scale: float) -> None:
    x = case.batch() * scale
    p, _ = case.layer.forward({}, x)
    np.testing.assert_allclose(p, special.softmax(x, axis=1), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    row, _ = case.layer.forward_single(case.input_shape)({}, x[:1])
    np.testing.assert_allclose(row, special.softmax(x[:1], axis=1), rtol=1e-13, atol=1e-300)


@given(case=cases_of("softmax"), scale=st.sampled_from([1.0, 50.0, 1e5]))
def test_cross_entropy_agrees_with_scipys_log_softmax_at_any_scale(case: Case, scale: float) -> None:
    o = case.batch() * scale
    labels = np.random.default_rng(case.seed).integers(0, o.shape[1], len(o))
    losses, grad = cross_entropy(o, labels)
    np.testing.assert_allclose(losses, -special.log_softmax(o, axis=1)[range(len(o)), labels], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        grad, (special.softmax(o, axis=1) - np.eye(o.shape[1])[labels]) / len(o), rtol=1e-12, atol=1e-15
    )


def test_avg_pool_counts_no_cell_that_is_not_there() -> None:
    m, _ = AvgPool2d(kernel_size=2, ceil_mode=True).forward({}, np.arange(9.0).reshape(1, 1, 3, 3))
    assert m.tolist() == [[[[(0 + 1 + 3 + 4) / 4, (2 + 5) / 2], [(6 + 7) / 2, 8]]]]


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_of_huge_numbers_is_finite_though_their_sum_is_not(single: bool, dtype: type) -> None:
    huge = np.finfo(dtype).max / 4
    x = np.array([-1, -1, -1, -1, -1, 4, 3, 2e-30, 1], dtype=dtype).reshape(1, 1, 3, 3) * np.array(huge, dtype=dtype)
    layer = AvgPool2d(kernel_size=(2, 3), ceil_mode=True)
    with np.errstate(over="ignore"):
        m, _ = (layer.forward_single((1, 3, 3)) if single else layer.forward)({}, x)
    # Five of the window's six cells add up to -5, the other is 4; below it there is 3 + 1 over three cells.
    np.testing.assert_allclose(m.ravel() / huge, [-1 / 6, 4 / 3], rtol=4 * np.finfo(dtype).eps)
    assert m.dtype == dtype


def test_max_pool_of_negative_numbers_never_takes_the_padding() -> None:
    m, _ = MaxPool2d(kernel_size=3, padding=1, stride=2).forward({}, np.full((1, 1, 4, 4), -3.0))
    assert m.tolist() == [[[[-3, -3], [-3, -3]]]]


def test_scores_far_beyond_the_largest_power_do_not_overflow() -> None:
    assert softmax(np.array([[1000.0, 0.0, -1000.0]])).tolist() == [[1, 0, 0]]
    assert softmax(np.array([[5e307, -5e307], [-5e307, -5e307]])).tolist() == [[1, 0], [0.5, 0.5]]
    losses, grad = cross_entropy(np.array([[1000.0, 0.0]]), np.array([1]))
    assert losses.tolist() == [1000]
    assert grad.tolist() == [[1, -1]]
