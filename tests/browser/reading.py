"""Reading the page by its public interface (docs/page-interface.md): `data-cell`, `data-value`, `data-settled`."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

EIGHT = np.array([[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]])


def cell(page: Page, address: str) -> Locator:
    return page.locator(f'[data-cell="{address}"]')


def settle(page: Page) -> None:
    """Wait until everything shown belongs to the present drawing and network."""
    expect(page.locator("html")).to_have_attribute("data-settled", "true")


def opened(page: Page, path: str = "/") -> Page:
    page.goto(path)
    settle(page)
    return page


def numbers(page: Page, stage: str) -> NDArray[np.float64]:
    """Every number of a stage as an array, its axes in the order of the address's indices."""
    found: list[list[Any]] = page.evaluate(
        "stage => [...document.querySelectorAll('[data-cell]')]"
        ".filter(e => e.dataset.cell.startsWith(stage + '[')).map(e => [e.dataset.cell, e.dataset.value])",
        stage,
    )
    assert found, f"no cell of the stage {stage} on the page"
    places = {tuple(map(int, re.findall(r"\[(\d+)\]", address))): float(value) for address, value in found}
    assert len(places) == len(found), f"an address of {stage} stands twice on the page"
    array = np.full([n + 1 for n in np.max(list(places), axis=0)], np.nan)
    for place, value in places.items():
        array[place] = value
    return array


def wider_than_the_screen(page: Page, widths: Sequence[int]) -> list[int]:
    """Return those of the screen's widths at which the page would scroll sideways."""

    def scrolls(width: int) -> bool:
        page.set_viewport_size({"width": width, "height": 900})
        return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    return [width for width in widths if scrolls(width)]


def draw_with_mouse(page: Page, *path: tuple[int, int]) -> None:
    """Press on the first cell, drag over the others, let go."""
    for step, (row, column) in enumerate(path):
        box = cell(page, f"input[{row}][{column}]").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        if step == 0:
            page.mouse.down()
    page.mouse.up()
