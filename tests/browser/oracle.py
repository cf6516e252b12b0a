"""The playground's network in scipy: what the page must show, computed from the numbers it shows, not by our engine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page
from scipy.signal import correlate2d
from scipy.special import softmax

from tests.browser.reading import numbers, settle

Array = NDArray[np.float64]


@dataclass
class Expected:
    conv: Array
    relu: Array
    pool: Array
    logits: Array
    probabilities: Array


def pooled(maps: Array, average: bool) -> Array:
    """2 x 2 windows, stride 2, partial ones at the right and bottom edge."""
    reduce = np.mean if average else np.max
    rows, columns = range(0, maps.shape[1], 2), range(0, maps.shape[2], 2)
    return np.array([[[reduce(m[r : r + 2, c : c + 2]) for c in columns] for r in rows] for m in maps])


def expected(
    image: Array,
    kernels: Array,
    biases: Array,
    weight: Array,
    bias: Array,
    *,
    padding: tuple[int, int],
    stride: int,
    average: bool,
) -> Expected:
    padded = np.pad(image, padding)
    maps = [correlate2d(padded, kernel[0], mode="valid")[::stride, ::stride] for kernel in kernels]
    conv = np.array(maps) + biases[:, None, None]
    relu = np.where(conv > 0, conv, 0)
    pool = pooled(relu, average)
    logits = pool.ravel() @ weight + bias
    return Expected(conv, relu, pool, logits, softmax(logits))


def chosen(page: Page, setting: str) -> str:
    """What the settings row says."""
    pressed = page.locator(f"button[data-setting={setting}][aria-pressed=true]")
    return pressed.get_attribute("value") or ""


def check_everything_adds_up(page: Page) -> None:
    """Every stage on the page follows from the drawing, kernels, dense weights and settings on the page (ReLU)."""
    settle(page)
    kernels = numbers(page, "conv.weight")
    size = kernels.shape[-1]
    has_bias = page.locator('[data-cell="conv.bias[0]"]').count() > 0
    want = expected(
        numbers(page, "input"),
        kernels,
        numbers(page, "conv.bias") if has_bias else np.zeros(len(kernels)),
        numbers(page, "dense.weight"),
        numbers(page, "dense.bias"),
        padding=((size - 1) // 2, size // 2) if chosen(page, "padding") == "same" else (0, 0),
        stride=int(chosen(page, "stride")),
        average=chosen(page, "pooling") == "avg_pool2d",
    )
    np.testing.assert_allclose(numbers(page, "conv"), want.conv, atol=1e-12)
    np.testing.assert_allclose(numbers(page, "relu"), want.relu, atol=1e-12)
    np.testing.assert_allclose(numbers(page, "pool"), want.pool, atol=1e-12)
    np.testing.assert_allclose(numbers(page, "flatten"), want.pool.ravel(), atol=1e-12)
    np.testing.assert_allclose(numbers(page, "logits"), want.logits, atol=1e-12)
    np.testing.assert_allclose(numbers(page, "probabilities"), want.probabilities, atol=1e-12)
