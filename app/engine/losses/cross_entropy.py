"""Cross-entropy: how surprised the network is by the right label."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, IndexArray
from ..exceptions import EngineError, ShapeError, bracketed
from ..work import Work


def cross_entropy(logits: Array, labels: IndexArray) -> tuple[Array, Array]:
    """Loss of each example, and the gradient of their mean by the logits.

    L = −ln p[label] with p = softmax(o), computed on the logits: L = ln Σ_k e^{o[k]} − o[label]. As
    torch.nn.functional.cross_entropy.

    The gradient: ∂/∂o_k ln Σ_j e^{o_j} = e^{o_k} / Σ_j e^{o_j} = p_k, and ∂o_label/∂o_k = δ_{k,label}, so
    ∂L/∂o_k = p_k − δ_{k,label}; the mean over N examples divides by N.

    Parameters
    ----------
    logits
        (N, n) scores.
    labels
        (N,) positions of the right scores, each from 0 to n − 1.

    Returns
    -------
    losses
        (N,), of the logits' dtype.
    grad_logits
        (N, n): gradient of ``losses.mean()``.

    Raises
    ------
    ShapeError
        If there is not one label for each row of logits.
    EngineError
        If a label is not a position in a row.
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ShapeError(
            f"shape {bracketed(labels.shape)} does not go with logits of shape {bracketed(logits.shape)}",
            where="labels",
            field="labels",
            value=labels.shape,
            allowed="one label [N] for each row of logits [N, n]",
        )
    images, classes = logits.shape
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        raise EngineError(
            f"{labels[outside][0]} is not a class",
            where="labels",
            field="labels",
            value=int(labels[outside][0]),
            allowed=f"0 to {classes - 1}",
        )
    rows = np.arange(images)
    # Taking the largest score off first leaves no power above 1, so nothing overflows.
    shifted = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = np.add.reduce(powers, axis=1, keepdims=True)
    losses: Array = np.log(sums[:, 0]) - shifted[rows, labels]
    gradient = powers / sums
    gradient[rows, labels] -= 1
    gradient /= images
    return losses, gradient


def cross_entropy_work(images: int, classes: int) -> Work:
    """Estimate of `cross_entropy`."""
    numbers = images * classes
    return Work.of(
        products=50 * numbers, calls=18, moved=2 * numbers, kept=images + numbers, temporary=2 * numbers + 3 * images
    )
