"""The pictures of the kernel gallery, and what a kernel is made of."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from app.catalogue import KERNELS, Kernel
from app.catalogue.patterns import PATTERNS, Pattern
from app.services.responses import responses_of


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_is_seven_by_seven_from_0_to_1_and_described_by_one_sentence(pattern: Pattern) -> None:
    assert pattern.image.shape == (7, 7)
    assert pattern.image.min() >= 0
    assert pattern.image.max() <= 1
    assert pattern.about.endswith(".")
    assert ". " not in pattern.about


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_the_responses_are_scipys(pattern: Pattern) -> None:
    responses = responses_of(pattern.image)
    assert list(responses) == list(KERNELS)
    for name, response in responses.items():
        expected = correlate2d(pattern.image, KERNELS[name].matrix, mode="valid")
        np.testing.assert_allclose(response, expected, atol=1e-12)


def test_a_flat_area_gives_the_sum_of_the_kernel() -> None:
    for name, response in responses_of(PATTERNS["flat"].image).items():
        np.testing.assert_allclose(response, KERNELS[name].sum, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_a_kernel_has_factors_exactly_if_its_rank_is_one(kernel: Kernel) -> None:
    assert (kernel.factors is not None) == (np.linalg.matrix_rank(kernel.matrix) == 1)
    if kernel.factors is not None:
        assert np.array_equal(np.outer(*kernel.factors), kernel.numerators)


def test_sobels_factors_are_a_blur_and_a_difference() -> None:
    assert KERNELS["sobel-vertical"].factors == ((1, 2, 1), (-1, 0, 1))


def test_a_kernel_of_zeros_has_no_factors() -> None:
    assert Kernel(id="z", name="z", family="z", about="z.", numerators=((0, 0), (0, 0)), source="z").factors is None
