"""The preset kernels: their numbers to the last bit, against fractions and against the notebook's matrices."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from app.catalogue import KERNELS, Kernel, random_kernel

NOTEBOOK = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "prewitt-vertical": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt-horizontal": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "sobel-vertical": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-horizontal": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "laplacian-4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "laplacian-8": [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box-blur": [[1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9]],
    "gaussian-blur": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    "notebook": [[0, 0, 0], [0, 0, 0], [1, 0, 1]],
}
BEYOND_THE_NOTEBOOK = {
    "scharr-vertical": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr-horizontal": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "roberts-1": [[1, 0], [0, -1]],
    "roberts-2": [[0, 1], [-1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "laplacian-of-gaussian": [
        [0, 0, 1, 0, 0],
        [0, 1, 2, 1, 0],
        [1, 2, -16, 2, 1],
        [0, 1, 2, 1, 0],
        [0, 0, 1, 0, 0],
    ],
}
FIND_CHANGES = [
    kernel_id for kernel_id in KERNELS if kernel_id.startswith(("sobel", "prewitt", "scharr", "roberts", "laplacian"))
]


@pytest.mark.parametrize(("kernel_id", "expected"), [*NOTEBOOK.items(), *BEYOND_THE_NOTEBOOK.items()])
def test_a_preset_has_exactly_the_published_numbers(kernel_id: str, expected: list[list[float]]) -> None:
    assert KERNELS[kernel_id].matrix.tolist() == expected


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_every_weight_is_its_fraction_rounded_once(kernel: Kernel) -> None:
    exact = [[float(Fraction(number, kernel.divisor)) for number in row] for row in kernel.numerators]
    assert kernel.matrix.tolist() == exact
    assert kernel.matrix.dtype == np.float64


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_every_preset_is_described_by_one_sentence(kernel: Kernel) -> None:
    assert kernel.about.endswith(".")
    assert ". " not in kernel.about
    assert kernel.name
    assert kernel.family
    assert kernel.source
    assert KERNELS[kernel.id] is kernel


@pytest.mark.parametrize("kernel_id", FIND_CHANGES)
def test_a_kernel_that_finds_changes_says_nothing_about_a_flat_area(kernel_id: str) -> None:
    assert sum(sum(row) for row in KERNELS[kernel_id].numerators) == 0


@pytest.mark.parametrize("kernel_id", ["identity", "sharpen", "box-blur", "gaussian-blur", "emboss"])
def test_a_kernel_that_keeps_the_brightness_has_weights_that_add_up_to_one(kernel_id: str) -> None:
    kernel = KERNELS[kernel_id]
    assert sum(sum(row) for row in kernel.numerators) == kernel.divisor


@pytest.mark.parametrize("family", ["sobel", "prewitt", "scharr"])
def test_the_horizontal_edge_kernel_is_the_vertical_one_transposed(family: str) -> None:
    assert np.array_equal(KERNELS[f"{family}-vertical"].matrix.T, KERNELS[f"{family}-horizontal"].matrix)


def test_the_presets_come_with_the_identity_first_and_families_together() -> None:
    families = [kernel.family for kernel in KERNELS.values()]
    assert next(iter(KERNELS)) == "identity"
    assert len([a for a, b in pairwise(families) if a != b]) == len(set(families)) - 1


def test_no_two_presets_are_the_same_matrix() -> None:
    assert len({(kernel.numerators, kernel.divisor) for kernel in KERNELS.values()}) == len(KERNELS)


def test_a_preset_cannot_be_changed_by_who_reads_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        KERNELS["identity"].matrix[0, 0] = 7


def test_a_random_kernel_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert random_kernel(7).numerators == random_kernel(7).numerators
    assert random_kernel(7).numerators != random_kernel(8).numerators


def test_a_random_kernel_has_the_size_asked_for_and_two_decimals_between_minus_one_and_one() -> None:
    kernel = random_kernel(0, (40, 50))
    assert kernel.size == (40, 50)
    assert random_kernel(0, 5).size == (5, 5)
    assert kernel.matrix.tolist() == [[round(value, 2) for value in row] for row in kernel.matrix.tolist()]
    assert kernel.matrix.min() == -1
    assert kernel.matrix.max() == 1
    # 2,000 draws of mean 0 and standard deviation 0.58: the mean lies within five standard errors.
    assert abs(kernel.matrix.mean()) < 5 * 0.58 / 2000**0.5


@pytest.mark.parametrize(
    ("seed", "size", "message"),
    [(-1, 3, "seed is -1; it must be at least 0"), (0, 0, r"size is \(0, 0\); each side must be at least 1")],
)
def test_a_random_kernel_that_cannot_be_says_why(seed: int, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        random_kernel(seed, size)


@pytest.mark.parametrize(
    ("rows", "divisor", "message"),
    [
        (((1, 2), (3,)), 1, r"rows of length \[1, 2\]"),
        ((), 1, r"rows of length \[\]"),
        (((),), 1, r"rows of length \[0\]"),
        (((1,),), 0, "divisor 0; it must be at least 1"),
    ],
)
def test_a_kernel_that_is_no_matrix_says_why(rows: tuple[tuple[int, ...], ...], divisor: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Kernel(id="k", name="K", family="F", about="A.", numerators=rows, divisor=divisor, source="S")
