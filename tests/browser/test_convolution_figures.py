"""The convolution page's two dimensions, output sizes and gallery, held against scipy and counting by hand."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect
from scipy.signal import correlate2d

from app.catalogue import KERNELS
from tests.browser.convolution import PLANE, SIZE, here, step
from tests.browser.reading import cell, numbers, settle

EIGHT = [[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]]


def plane_of(page: Page) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Image with its padding, kernel and output, as the page shows them."""
    found: list[Any] = page.evaluate(
        "[...document.querySelectorAll('[data-tile=image] [data-cell]')]"
        ".map(e => [...e.dataset.cell.match(/-?\\d+/g), e.dataset.value].map(Number))"
    )
    rows, columns, _ = np.array(found).min(axis=0)
    padded = np.zeros((np.array(found).max(axis=0)[:2] - [rows, columns] + 1).astype(int))
    for row, column, value in found:
        padded[int(row - rows), int(column - columns)] = value
    return padded, numbers(page, "kernel2d"), numbers(page, "output2d")


@pytest.mark.parametrize("flipped", [False, True])
def test_two_dimensions_are_scipys_with_every_option(page: Page, flipped: bool) -> None:
    here(page)
    page.locator(f"{PLANE}select[data-field=image]").select_option(label="Noise")
    page.locator(f"{PLANE}select[data-field=kernel]").select_option(label="Emboss")
    if flipped:
        page.locator(f"{PLANE}button[data-convention-2d]").nth(1).click()
    for field in ("top", "left", "stride-vertical", "dilation-horizontal"):
        step(page, f"{PLANE}[data-field={field}]")
    padded, kernel, output = plane_of(page)
    assert padded.shape == (8, 8)
    dilated = np.zeros((3, 5))
    dilated[:, ::2] = kernel
    if flipped:
        dilated = dilated[::-1, ::-1]
    np.testing.assert_allclose(output, correlate2d(padded, dilated, mode="valid")[::2], atol=1e-12)
    last = page.get_by_role("slider", name="Slide the window over the image: position")
    last.focus()
    page.keyboard.press("End")
    np.testing.assert_allclose(numbers(page, "product2d").sum(), output[-1, -1], atol=1e-12)


def test_padding_same_keeps_the_size_up_to_twelve_by_twelve(page: Page) -> None:
    here(page)
    step(page, f"{PLANE}[data-field=image-rows]", 9)
    step(page, f"{PLANE}[data-field=image-cols]", 9)
    page.get_by_role("button", name="Padding “same”").click()
    settle(page)
    assert numbers(page, "output2d").shape == (12, 12)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_page_says_what_the_floor_throws_away_and_what_same_takes(page: Page) -> None:
    here(page)
    page.get_by_role("button", name="Layer 2", exact=True).click()
    expect(page.get_by_text("The floor throws away 1 cell at the end")).to_be_visible()
    expect(page.get_by_text("Never covered: 2 (hatched).")).to_be_visible()
    formula = page.locator(f"{SIZE}[data-part=formula]")
    assert "3−2+0+0" in (formula.text_content() or "").replace(" ", "")
    page.get_by_role("group", name="Rounding of layer 2").get_by_text("ceil").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "size"), [5, 3, 2])
    expect(page.get_by_text("reaches 1 cell beyond the end")).to_be_visible()
    page.get_by_role("button", name="Make this layer “same”").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "size"), [5, 3, 3])
    page.get_by_role("button", name="Add a layer").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "size"), [5, 3, 3, 2])


@pytest.mark.parametrize("name", ["sobel-horizontal", "laplacian-of-gaussian", "roberts-2", "gaussian-blur"])
def test_the_gallery_shows_what_a_kernel_answers_to(page: Page, name: str) -> None:
    here(page)
    kernel = KERNELS[name]
    for picture in ("Corner", "Noise", "Your drawing"):
        page.get_by_role("gridcell", name=f"{kernel.name} on {picture}", exact=True).click()
        np.testing.assert_array_equal(numbers(page, "gallery.kernel"), kernel.matrix)
        want = correlate2d(numbers(page, "gallery.picture"), kernel.matrix, mode="valid")
        np.testing.assert_allclose(numbers(page, "gallery.response"), want, atol=1e-12)
    np.testing.assert_allclose(
        float(cell(page, "gallery.sum").get_attribute("data-value") or "nan"), kernel.matrix.sum()
    )
    rank = np.linalg.matrix_rank(kernel.matrix)
    expect(page.get_by_text("Separable: a column times a row" if rank == 1 else "Not separable")).to_be_visible()


def test_the_kernels_answer_to_the_persons_own_drawing(page: Page) -> None:
    here(page)
    page.get_by_role("gridcell", name="Notebook on Your drawing", exact=True).click()
    np.testing.assert_array_equal(numbers(page, "input"), EIGHT)
    np.testing.assert_array_equal(numbers(page, "gallery.response"), [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
    cell(page, "input[2][1]").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "gallery.response"), [[1, 1, 1], [0, 2, 0], [1, 2, 1]])
    page.get_by_role("button", name="Slide it in two dimensions").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "output2d"), [[1, 1, 1], [0, 2, 0], [1, 2, 1]])
    expect(page.locator("#two-dimensions")).to_be_focused()
