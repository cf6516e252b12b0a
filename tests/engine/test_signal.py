"""1-D and 2-D convolution in the four conventions, against the notebook, numpy and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from app.engine.exceptions import EngineError, OptionError, ShapeError
from app.engine.signal import CONVENTIONS, CONVENTIONS_2D, convolve

F = [1, 2, 3, 4, 5]
G = [1, 0, -1]
numbers = st.integers(-9, 9).map(float)


def test_the_notebooks_sliding_product_of_1_to_5_is_minus_2_three_times() -> None:
    result = convolve(F, G)
    assert result.output.tolist() == [-2, -2, -2]
    assert result.output_size == (3,)
    assert result.index == ((0, 1, 2),)


def test_the_notebooks_flipped_product_with_two_zeros_on_the_left_is_1_2_2_2_2() -> None:
    result = convolve(F, G, convention="f(i-j)g(j)", padding=(2, 0))
    assert result.output.tolist() == [1, 2, 2, 2, 2]
    assert result.index == ((0, 1, 2, 3, 4),)
    assert result.padded.tolist() == [0, 0, 1, 2, 3, 4, 5]


def test_the_notebooks_image_of_1_to_9_gives_minus_4_everywhere() -> None:
    result = convolve([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, -1]])
    assert result.output.tolist() == [[-4, -4], [-4, -4]]
    assert result.index == ((0, 1), (0, 1))


def test_every_output_of_every_convention_is_the_sum_that_its_name_says() -> None:
    f = dict(enumerate(F))
    g = dict(enumerate(G))
    everywhere = range(-20, 20)
    sums = {
        "f(i+j)g(j)": lambda i: sum(f.get(i + j, 0) * g.get(j, 0) for j in everywhere),
        "f(i-j)g(j)": lambda i: sum(f.get(i - j, 0) * g.get(j, 0) for j in everywhere),
        "f(j)g(i-j)": lambda i: sum(f.get(j, 0) * g.get(i - j, 0) for j in everywhere),
        "f(j)g(i+j)": lambda i: sum(f.get(j, 0) * g.get(i + j, 0) for j in everywhere),
    }
    for convention in CONVENTIONS:
        result = convolve(F, G, convention=convention, padding=(2, 2))
        (index,) = result.index
        assert list(index) == sorted(index)
        assert result.output.tolist() == [sums[convention](i) for i in index]


signals = st.lists(numbers, min_size=1, max_size=12)
kernels = st.lists(numbers, min_size=1, max_size=5)
steps = st.integers(1, 3)


@given(f=signals, g=kernels, padding=st.tuples(st.integers(0, 4), st.integers(0, 4)), stride=steps, dilation=steps)
def test_all_four_conventions_agree_with_numpy(
    f: list[float], g: list[float], padding: tuple[int, int], stride: int, dilation: int
) -> None:
    spread = np.zeros(dilation * (len(g) - 1) + 1)
    spread[::dilation] = g
    padded = np.pad(np.array(f), padding)
    assume(len(spread) <= len(padded))
    correlated = np.correlate(padded, spread, mode="valid")
    convolved = np.convolve(padded, spread, mode="valid")
    arguments: dict[str, Any] = {"padding": padding, "stride": stride, "dilation": dilation}
    expected = {
        "f(i+j)g(j)": correlated[::stride],
        "f(i-j)g(j)": convolved[::stride],
        "f(j)g(i-j)": convolved[::stride],
        "f(j)g(i+j)": correlated[::-1][::stride],
    }
    for convention in CONVENTIONS:
        np.testing.assert_allclose(convolve(f, g, convention=convention, **arguments).output, expected[convention])


@given(f=signals, g=kernels, padding=st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_the_index_of_a_true_convolution_is_numpys_index_in_the_full_convolution(
    f: list[float], g: list[float], padding: tuple[int, int]
) -> None:
    assume(len(g) <= len(f) + sum(padding))
    full = dict(enumerate(np.convolve(f, g)))
    result = convolve(f, g, convention="f(i-j)g(j)", padding=padding)
    np.testing.assert_allclose(result.output, [full.get(i, 0) for i in result.index[0]])


@st.composite
def images(draw: st.DrawFn, largest: int) -> list[list[float]]:
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    return draw(st.lists(st.lists(numbers, min_size=columns, max_size=columns), min_size=rows, max_size=rows))


sides = st.tuples(st.integers(0, 3), st.integers(0, 3))


@given(f=images(8), g=images(4), padding=st.tuples(sides, sides), stride=st.tuples(steps, steps), dilation=steps)
def test_images_agree_with_scipy(
    f: list[list[float]], g: list[list[float]], padding: Any, stride: tuple[int, int], dilation: int
) -> None:
    spread = np.zeros(tuple(dilation * (size - 1) + 1 for size in np.shape(g)))
    spread[::dilation, ::dilation] = g
    padded = np.pad(np.array(f), padding)
    assume(all(s <= p for s, p in zip(spread.shape, padded.shape, strict=True)))
    places = tuple(slice(None, None, step) for step in stride)
    for convention, of_scipy in zip(CONVENTIONS_2D, (scipy_signal.correlate2d, scipy_signal.convolve2d), strict=True):
        result = convolve(f, g, convention=convention, padding=padding, stride=stride, dilation=dilation)
        np.testing.assert_allclose(result.output, of_scipy(padded, spread, mode="valid")[places], atol=1e-12)


@given(
    f=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8),
    g=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4),
    padding=sides,
    convention=st.sampled_from(CONVENTIONS),
)
def test_the_terms_add_up_to_the_output_to_the_last_bit(
    f: list[float], g: list[float], padding: tuple[int, int], convention: Any
) -> None:
    assume(len(g) <= len(f) + sum(padding))
    result = convolve(f, g, convention=convention, padding=padding, explain=True)
    assert result.terms is not None
    assert len(result.terms) == len(result.output)
    for i, terms, output in zip(result.index[0], result.terms, result.output.tolist(), strict=True):
        total = 0.0
        for term in terms:
            ((at,), (k,)) = term.input_index, term.kernel_index
            assert term.padded == (not 0 <= at < len(f))
            assert term.input == (0 if term.padded else f[at])
            assert term.kernel == g[k]
            assert term.product == term.input * term.kernel
            j = k if convention.endswith("g(j)") else at
            expected = {
                "f(i+j)g(j)": (i + j, j),
                "f(i-j)g(j)": (i - j, j),
                "f(j)g(i-j)": (j, i - j),
                "f(j)g(i+j)": (j, i + j),
            }[convention]
            assert (at, k) == expected
            total += term.product
        assert total == output
        order = [term.kernel_index[0] if convention.endswith("g(j)") else term.input_index[0] for term in terms]
        assert order == sorted(order)


def test_the_terms_of_an_image_name_row_and_column_and_what_is_padding() -> None:
    result = convolve([[1, 2], [3, 4]], [[5, 6], [7, 8]], padding=((1, 0), (0, 0)), explain=True)
    assert result.terms is not None
    assert result.output.tolist() == [[7 * 1 + 8 * 2], [5 * 1 + 6 * 2 + 7 * 3 + 8 * 4]]
    first = result.terms[0]
    assert [term.input_index for term in first] == [(-1, 0), (-1, 1), (0, 0), (0, 1)]
    assert [term.kernel_index for term in first] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [term.padded for term in first] == [True, True, False, False]
    assert [term.product for term in first] == [0, 0, 7, 16]


def test_float32_stays_float32_and_everything_else_becomes_float64() -> None:
    f, g = np.ones(4, np.float32), np.ones(2, np.float32)
    assert convolve(f, g).output.dtype == np.float32
    assert convolve(f, g.astype(np.float64)).output.dtype == np.float64
    assert convolve([1, 2], [1]).output.dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "error", "where", "words"),
    [
        ({"signal": [], "kernel": [1]}, ShapeError, "input", "shape [0] is not allowed"),
        ({"signal": [[1, 2], [3]], "kernel": [[1]]}, ShapeError, "input", "is not an array of numbers"),
        ({"signal": ["a"], "kernel": [1]}, ShapeError, "input", "is not an array of numbers"),
        ({"signal": [1, 2], "kernel": [[1]]}, ShapeError, "kernel", "has 2 axes, the input 1"),
        ({"signal": [1, 2], "kernel": [1, 2, 3]}, ShapeError, "kernel", "shape [3] exceeds the padded input [2]"),
        ({"signal": [1, 2], "kernel": [1, 2], "dilation": 2}, ShapeError, "kernel", "spanning [3] with dilation 2"),
        ({"signal": [1], "kernel": [1], "stride": 0}, OptionError, "stride", "0 is not allowed"),
        ({"signal": [1], "kernel": [1], "stride": True}, OptionError, "stride", "True is not allowed"),
        ({"signal": [1], "kernel": [1], "dilation": (1, 1)}, OptionError, "dilation", "[1, 1] is not allowed"),
        ({"signal": [1], "kernel": [1], "padding": -1}, OptionError, "padding", "-1 is not allowed"),
        ({"signal": [1], "kernel": [1], "padding": (1, 2, 3)}, OptionError, "padding", "[left, right]"),
        ({"signal": [[1]], "kernel": [[1]], "padding": (1, 2)}, OptionError, "padding", "[top, bottom]"),
        ({"signal": [1], "kernel": [1], "convention": "f*g"}, OptionError, "convention", "f(i+j)g(j) or"),
        (
            {"signal": [[1]], "kernel": [[1]], "convention": "f(j)g(i+j)"},
            OptionError,
            "convention",
            "for rows",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    arguments: dict[str, Any], error: type[EngineError], where: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        convolve(**arguments)
    assert caught.value.where == where
    assert words in str(caught.value)
    assert caught.value.allowed
