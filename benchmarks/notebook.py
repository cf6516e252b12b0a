"""The notebook's own way to compute: Python loops over pixels, one image and one filter at a time.

It is a contender in benchmarks/forward.py and an oracle in tests/engine. It imports nothing from the project, and it is
slow on purpose: do not improve it. One fault of the notebook is not copied (DESIGN, section 4): in its multi-image
training loop the kernel's gradient read the first image; `step` here reads the current one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]

EIGHT = np.array([[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]], dtype=float)
TWO = np.array([[0, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 0]], dtype=float)
KERNEL = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 1]], dtype=float)


def convolve(image: Array, kernel: Array) -> Array:
    """Cross-correlation without padding, one window at a time."""
    size = kernel.shape[0]
    output = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for row in range(output.shape[0]):
        for column in range(output.shape[1]):
            output[row, column] = np.sum(image[row : row + size, column : column + size] * kernel)
    return output


def relu(feature_map: Array) -> Array:
    """Negative numbers become 0."""
    return np.maximum(feature_map, 0)


def max_pool(feature_map: Array, size: int = 2) -> Array:
    """Largest number of each window; windows at the right and bottom edge may be partial."""
    rows, columns = -(-feature_map.shape[0] // size), -(-feature_map.shape[1] // size)
    output = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            window = feature_map[row * size : (row + 1) * size, column * size : (column + 1) * size]
            output[row, column] = np.max(window)
    return output


def softmax(scores: Array) -> Array:
    """Scores become probabilities."""
    powers = np.exp(scores - np.max(scores))
    probabilities: Array = powers / np.sum(powers)
    return probabilities


def forward(image: Array, kernel: Array, weights: Array, bias: Array) -> list[Array]:
    """Every stage of the notebook's network: conv, relu, pool, flatten, dense, softmax."""
    feature_map = convolve(image, kernel)
    active = relu(feature_map)
    pooled = max_pool(active)
    flat = pooled.flatten()
    scores = flat @ weights + bias
    return [feature_map, active, pooled, flat, scores, softmax(scores)]


def gradients(image: Array, label: int, kernel: Array, weights: Array, bias: Array) -> tuple[float, list[Array]]:
    """Loss of one image, and its gradients by kernel, weights and bias; a tie in a window goes to every winner."""
    feature_map, active, pooled, flat, _, probabilities = forward(image, kernel, weights, bias)
    grad_scores = probabilities.copy()
    grad_scores[label] -= 1
    grad_weights = np.outer(flat, grad_scores)
    grad_pooled = (weights @ grad_scores).reshape(pooled.shape)
    grad_active = np.zeros_like(active)
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            window = active[row * 2 : row * 2 + 2, column * 2 : column * 2 + 2]
            for i in range(window.shape[0]):
                for j in range(window.shape[1]):
                    if window[i, j] == pooled[row, column]:
                        grad_active[row * 2 + i, column * 2 + j] += grad_pooled[row, column]
    grad_map = grad_active * (feature_map > 0)
    grad_kernel = np.zeros_like(kernel)
    size = kernel.shape[0]
    for row in range(grad_map.shape[0]):
        for column in range(grad_map.shape[1]):
            grad_kernel += grad_map[row, column] * image[row : row + size, column : column + size]
    return float(-np.log(probabilities[label])), [grad_kernel, grad_weights, grad_scores]


def step(
    image: Array, label: int, kernel: Array, weights: Array, bias: Array, learning_rate: float = 0.01
) -> tuple[float, list[Array]]:
    """One step of stochastic gradient descent: the loss before it, and the new kernel, weights and bias."""
    loss, grads = gradients(image, label, kernel, weights, bias)
    return loss, [old - learning_rate * grad for old, grad in zip((kernel, weights, bias), grads, strict=True)]
