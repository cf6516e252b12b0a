"""Naming a kernel by the preset it points towards, against cosines worked out by hand."""

import numpy as np
import pytest

from app.catalogue import KERNELS, Kernel, nearest_kernel


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_every_preset_is_nearest_to_itself(kernel: Kernel) -> None:
    nearest = nearest_kernel(kernel.matrix)
    assert nearest is not None
    assert nearest.kernel is kernel
    assert nearest.similarity == pytest.approx(1, abs=1e-15)
    assert nearest.similarity <= 1


@pytest.mark.parametrize("scale", [1e-200, 0.37, 10, 1e200])
def test_the_size_of_the_weights_does_not_matter(scale: float) -> None:
    nearest = nearest_kernel(scale * KERNELS["sobel-vertical"].matrix)
    assert nearest is not None
    assert nearest.kernel.id == "sobel-vertical"
    assert nearest.similarity == pytest.approx(1, abs=1e-15)


def test_the_cosine_is_the_one_worked_out_by_hand() -> None:
    # One cell beside the centre, and the Laplacian with 4: A·B = 1, |A|² = 1, |B|² = 4 + 16, cosine 1/√20 = 0.2236.
    # Nearer: Gaussian blur 2/√(1 · 36) = 1/3, box blur 1/3, and Sobel 2/√12 = 0.577, Prewitt 1/√6 = 0.408,
    # Scharr 10/√(4 · 9 + 2 · 100) = 10/√236 = 0.651, which is the largest.
    nearest = nearest_kernel([[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert nearest is not None
    assert nearest.kernel.id == "scharr-vertical"
    assert nearest.similarity == pytest.approx(10 / 236**0.5, rel=1e-15)


def test_the_sign_counts() -> None:
    nearest = nearest_kernel(-KERNELS["sobel-vertical"].matrix)
    assert nearest is not None
    assert nearest.kernel.id != "sobel-vertical"
    assert nearest.similarity < 0.9


def test_only_presets_of_the_same_size_are_compared() -> None:
    nearest = nearest_kernel([[1.0, 0.0], [0.0, -0.9]])
    assert nearest is not None
    assert nearest.kernel.id == "roberts-1"
    assert nearest_kernel(np.ones((4, 4))) is None
    assert nearest_kernel([1, 2, 1]) is None


@pytest.mark.parametrize("value", [0, np.nan, np.inf])
def test_a_matrix_without_a_direction_is_near_nothing(value: float) -> None:
    assert nearest_kernel(np.full((3, 3), value)) is None
