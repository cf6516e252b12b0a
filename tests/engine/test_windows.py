"""Output sizes, paddings and windows against counting them one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.engine.conv_arithmetic import axis_overlap, output_size, same_padding
from app.engine.exceptions import ShapeError
from app.engine.windows import windows_over
from app.engine.work import ROW

sizes = st.integers(1, 9)
axes = st.fixed_dictionaries(
    {
        "size": sizes,
        "kernel": st.integers(1, 5),
        "stride": st.integers(1, 5),
        "padding": st.tuples(st.integers(0, 4), st.integers(0, 4)),
        "dilation": st.integers(1, 3),
    }
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"size": 5, "kernel": 3}, 3),
        ({"size": 5, "kernel": 3, "padding": (1, 1)}, 5),
        ({"size": 5, "kernel": 3, "padding": (2, 0)}, 5),
        ({"size": 5, "kernel": 2, "stride": 2}, 2),
        ({"size": 5, "kernel": 2, "stride": 2, "ceil_mode": True}, 3),
        ({"size": 3, "kernel": 2, "stride": 2, "ceil_mode": True}, 2),
        ({"size": 4, "kernel": 2, "stride": 2, "ceil_mode": True}, 2),
        # The last window would start beyond the input: PyTorch drops it.
        ({"size": 5, "kernel": 2, "stride": 4, "padding": (1, 1), "ceil_mode": True}, 2),
        ({"size": 3, "kernel": 1, "stride": 4, "ceil_mode": True}, 1),
        ({"size": 7, "kernel": 3, "dilation": 3}, 1),
        # Partial windows may be all there is.
        ({"size": 1, "kernel": 2, "stride": 2, "ceil_mode": True}, 1),
    ],
)
def test_output_sizes_by_hand(arguments: dict[str, Any], expected: int) -> None:
    assert output_size(**arguments) == expected


@given(axis=axes)
@example(axis={"size": 5, "kernel": 3, "stride": 1, "padding": (0, 0), "dilation": 1})
def test_output_size_counts_the_starts_from_which_the_kernel_stays_on_the_padded_input(axis: dict[str, Any]) -> None:
    before, after = axis["padding"]
    starts = [
        start
        for start in range(-before, axis["size"] + after, axis["stride"])
        if start + axis["dilation"] * (axis["kernel"] - 1) < axis["size"] + after
    ]
    if starts:
        assert output_size(**axis) == len(starts)
    else:
        with pytest.raises(ShapeError, match="exceeds the padded input"):
            output_size(**axis)


@given(axis=axes)
def test_with_ceil_mode_one_more_window_counts_if_it_starts_inside_and_the_last_did_not_end_the_input(
    axis: dict[str, Any],
) -> None:
    before, after = axis["padding"]
    reach = axis["dilation"] * (axis["kernel"] - 1)
    end = axis["size"] + after
    # Pooling, which alone has a ceil_mode, allows no padding beyond half the window.
    assume(reach < end + before and after <= (reach + 1) // 2)
    starts = [start for start in range(-before, end, axis["stride"]) if start + reach < end]
    more = starts[-1] + reach < end - 1 and starts[-1] + axis["stride"] < axis["size"]
    assert output_size(**axis, ceil_mode=True) == len(starts) + more


@given(axis=axes)
def test_axis_overlap_pairs_every_window_with_the_cell_it_sees(axis: dict[str, Any]) -> None:
    try:
        windows = output_size(**axis)
    except ShapeError:
        assume(False)
    overlaps = axis_overlap(axis["size"], windows, axis["kernel"], axis["stride"], axis["padding"], axis["dilation"])
    for k, (outputs, inputs) in enumerate(overlaps):
        seen = {w: w * axis["stride"] - axis["padding"][0] + k * axis["dilation"] for w in range(windows)}
        expected = [(w, cell) for w, cell in seen.items() if 0 <= cell < axis["size"]]
        ours = list(zip(range(windows)[outputs], range(axis["size"])[inputs], strict=True))
        assert ours == expected


@given(kernel=st.tuples(st.integers(1, 7), st.integers(1, 7)), dilation=st.tuples(*[st.integers(1, 3)] * 2), size=sizes)
def test_same_padding_keeps_the_size_and_puts_an_odd_cell_at_the_end(
    kernel: tuple[int, int], dilation: tuple[int, int], size: int
) -> None:
    padding = same_padding(kernel, dilation)
    for k, d, sides in zip(kernel, dilation, padding, strict=True):
        assert output_size(size, k, 1, sides, d) == size
        assert sides[1] - sides[0] in (0, 1)


@given(rows=axes, columns=axes, ceil_mode=st.booleans(), seed=st.integers(0, 99))
def test_columns_hold_every_window_and_fold_is_their_transpose(
    rows: dict[str, Any], columns: dict[str, Any], ceil_mode: bool, seed: int
) -> None:
    names = ("kernel", "stride", "padding", "dilation")
    try:
        windows = windows_over(
            rows["size"], columns["size"], *((rows[name], columns[name]) for name in names), ceil_mode=ceil_mode
        )
    except ShapeError:
        assume(False)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, 3, rows["size"], columns["size"]))
    ours = windows.im2col(x)
    expected = np.zeros((2, 3, rows["kernel"], columns["kernel"], *windows.output_size))
    counts = np.zeros(windows.output_size)
    for i, j, r, q in np.ndindex(*expected.shape[2:]):
        row = r * rows["stride"] - rows["padding"][0] + i * rows["dilation"]
        column = q * columns["stride"] - columns["padding"][0] + j * columns["dilation"]
        if 0 <= row < rows["size"] and 0 <= column < columns["size"]:
            expected[:, :, i, j, r, q] = x[:, :, row, column]
            counts[r, q] += 1
    np.testing.assert_array_equal(ours, expected.reshape(ours.shape))
    np.testing.assert_array_equal(windows.counts, counts)
    # <columns(x), y> = <x, fold(y)> for every y: that is what being the transpose means.
    y = rng.standard_normal(ours.shape)
    np.testing.assert_allclose((ours * y).sum(), (x * windows.col2im(y)).sum(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("size", "kernel", "padding"), [(5, 3, 1), (20, 9, 4), (60, 1, 0), (60, 31, 4), (500, 31, 4)])
def test_what_is_kept_of_a_geometry_takes_little_memory(size: int, kernel: int, padding: int) -> None:
    windows = windows_over(size, size, (kernel, kernel), (1, 1), ((padding, padding), (padding, padding)))
    small = windows.depth * windows.count < 100_000
    _ = windows.overlaps, windows.complete, windows.cells, windows.counts
    if small:  # of large ones these would be gigabytes, and nobody asks for them
        _ = windows.index, windows.padding_mask
    kept = sum(value.nbytes for value in vars(windows).values() if isinstance(value, np.ndarray))
    assert kept <= 300_000


def test_windows_of_one_geometry_are_made_once() -> None:
    assert windows_over(5, 5, (3, 3)) is windows_over(5, 5, (3, 3))


def test_a_kernel_that_does_not_fit_is_named_with_what_would() -> None:
    with pytest.raises(ShapeError) as caught:
        windows_over(5, 5, (3, 3), (1, 1), ((0, 0), (0, 0)), (3, 3))
    assert str(caught.value).startswith(
        "window: kernel_size [3, 3] spans [7, 7] with dilation [3, 3] and exceeds the padded input [5, 5]"
    )
    assert (caught.value.where, caught.value.field, caught.value.value) == ("window", "kernel_size", (3, 3))


def test_copying_narrow_or_strided_windows_is_estimated_by_row() -> None:
    # 1 window of 31 x 13 cells on 1,024 maps: numbers far from each other, each a row by itself.
    work = windows_over(181, 13, (31, 13), (512, 512)).im2col_work(images=32, channels=32)
    shifted, numbers = 13 * 181 * 1_024, 31 * 13 * 1_024
    assert work.cost >= ROW * (shifted + numbers)
    # The same numbers in rows of 100: a hundredth of the rows.
    wide, strided = (windows_over(10, 100 * stride, (1, 1), (1, stride)) for stride in (1, 4))
    assert strided.cells_work(3, calls=1).cost - wide.cells_work(3, calls=1).cost == ROW * 3 * 10 * 99
