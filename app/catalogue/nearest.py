"""Which preset kernel a matrix most resembles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.catalogue.kernel import Kernel
from app.catalogue.kernels import KERNELS

TIE = 1e-12
"""Similarities closer than this are equal: the difference is rounding, and the first preset is the answer."""


@dataclass(frozen=True)
class NearestKernel:
    """A preset kernel and how far a matrix points in its direction: 1 the same, 0 unrelated."""

    kernel: Kernel
    similarity: float


def nearest_kernel(matrix: ArrayLike) -> NearestKernel | None:
    """Find the preset of the same size with the largest cosine similarity.

    cos(A, B) = Σ A·B / √(Σ A² · Σ B²), which does not change when A is multiplied by a positive number: a learned
    kernel with ten times Sobel's weights is still Sobel. The sign counts: −Sobel is not Sobel.

    Parameters
    ----------
    matrix : array_like, shape (H, W)
        The kernel to name.

    Returns
    -------
    NearestKernel or None
        The first in catalogue order if several are equally near; None if no preset has this size, or if the matrix has
        no direction (all zeros, or not finite).
    """
    direction = _unit(np.asarray(matrix, dtype=np.float64))
    if direction is None:
        return None
    best: NearestKernel | None = None
    for kernel in KERNELS.values():
        preset = _unit(kernel.matrix) if kernel.size == direction.shape else None
        if preset is None:
            continue
        # Rounding may carry the product of two unit vectors a bit past 1 or −1.
        similarity = min(1.0, max(-1.0, float(np.sum(direction * preset))))
        if best is None or similarity > best.similarity + TIE:
            best = NearestKernel(kernel, similarity)
    return best


def _unit(matrix: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Scale to length 1; None where there is no direction. Divided by the largest first, so that nothing overflows."""
    largest = float(np.max(np.abs(matrix), initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return None
    scaled = matrix / largest
    unit: NDArray[np.float64] = scaled / np.sqrt(np.sum(scaled * scaled))
    return unit
