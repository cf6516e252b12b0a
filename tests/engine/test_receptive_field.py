"""What windows see of an axis, against counting by hand and against listing every cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.exceptions import ShapeError
from app.engine.receptive_field import AxisWindows, coverage_of_chain
from app.engine.signal import CONVENTIONS, Convention, convolve


def test_the_playgrounds_chain_goes_from_5_to_3_to_2() -> None:
    conv, pool = coverage_of_chain(
        5, [AxisWindows(kernel_size=3), AxisWindows(kernel_size=2, stride=2, ceil_mode=True)]
    )
    assert (conv.output_size, conv.left_over, conv.starts, conv.never_covered) == (3, 0, (0, 1, 2), ())
    assert (pool.output_size, pool.left_over, pool.starts, pool.never_covered) == (2, -1, (0, 2), ())
    assert (conv.receptive_field, pool.receptive_field) == (3, 4)
    assert (conv.receptive_step, pool.receptive_step) == (1, 2)


def test_the_floor_throws_away_the_last_cell_of_six() -> None:
    [layer] = coverage_of_chain(6, [AxisWindows(kernel_size=3, stride=2)])
    assert (layer.output_size, layer.left_over, layer.never_covered) == (2, 1, (5,))


def test_a_stride_beyond_the_kernel_steps_over_cells() -> None:
    [layer] = coverage_of_chain(7, [AxisWindows(kernel_size=1, stride=3, padding=(1, 0))])
    assert layer.starts == (-1, 2, 5)
    assert layer.never_covered == (0, 1, 3, 4, 6)


def test_same_padding_of_an_even_kernel_puts_the_odd_zero_after() -> None:
    [layer] = coverage_of_chain(5, [AxisWindows(kernel_size=4)])
    assert layer.same_padding == (1, 2)
    assert coverage_of_chain(5, [AxisWindows(kernel_size=4, padding=(1, 2))])[0].output_size == 5


def test_the_layer_that_does_not_fit_is_named() -> None:
    with pytest.raises(ShapeError, match="layer 1") as refused:
        coverage_of_chain(4, [AxisWindows(kernel_size=3), AxisWindows(kernel_size=3)])
    assert refused.value.field == "layers.1.kernel_size"


@given(
    size=st.integers(1, 12),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    dilation=st.integers(1, 3),
)
def test_coverage_is_what_listing_every_window_finds(
    size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int
) -> None:
    before, after = padding
    places = [
        [start + dilation * k for k in range(kernel)]
        for start in range(-before, size + after, stride)
        if start + dilation * (kernel - 1) < size + after
    ]
    layer = AxisWindows(kernel_size=kernel, stride=stride, padding=padding, dilation=dilation)
    if not places:
        with pytest.raises(ShapeError):
            coverage_of_chain(size, [layer])
        return
    [found] = coverage_of_chain(size, [layer])
    assert found.starts == tuple(window[0] for window in places)
    assert set(found.never_covered) == set(range(-before, size + after)) - {cell for w in places for cell in w}
    assert found.left_over == size + after - 1 - places[-1][-1]
    signal = np.arange(1.0, size + 1)
    reply = convolve(signal, np.ones(kernel), padding=padding, stride=stride, dilation=dilation)
    assert reply.never_covered == (found.never_covered,)
    assert reply.span == (found.span,)
    assert reply.same_padding == (found.same_padding,)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_never_covered_is_what_no_term_reads(convention: Convention) -> None:
    reply = convolve([1] * 8, [1, 1], convention=convention, padding=(1, 2), stride=4, dilation=2, explain=True)
    assert reply.terms is not None
    read = {term.input_index[0] for terms in reply.terms for term in terms}
    assert set(reply.never_covered[0]) == set(range(-1, 10)) - read


@given(
    sizes=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=3),
)
def test_the_receptive_field_is_what_an_impulse_reaches(sizes: list[tuple[int, int, int]]) -> None:
    layers = [AxisWindows(kernel_size=k, stride=s, dilation=d) for k, s, d in sizes]
    size = 200
    found = coverage_of_chain(size, layers)[-1]
    # which cells of the first input each output follows from, layer by layer
    reach = [{cell} for cell in range(size)]
    for layer in layers:
        windows = range(0, len(reach) - layer.dilation * (layer.kernel_size - 1), layer.stride)
        reach = [set().union(*(reach[at + layer.dilation * k] for k in range(layer.kernel_size))) for at in windows]
    assert max(reach[0]) - min(reach[0]) + 1 == found.receptive_field
    assert min(reach[1]) - min(reach[0]) == found.receptive_step
