"""The number editor lies on the cell that it edits and is large enough to read."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.reading import cell, opened

CELLS = [
    ("/", "conv.weight[0][0][2][2]"),
    ("/", "conv.bias[0]"),
    ("/convolution", "c0.signal[1]"),
    ("/convolution", "image[1][1]"),
    ("/convolution", "kernel2d[1][1]"),
]
DOUBLE_CLICKED = ("c0.signal[1]", "image[1][1]")  # a single click moves the window
WIDTHS = [(1440, 900), (390, 844)]


@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: str(size[0]))
@pytest.mark.parametrize(("path", "address"), CELLS)
def test_editor_lies_on_its_cell_and_shows_what_is_typed(
    new_page: NewPage, path: str, address: str, size: tuple[int, int]
) -> None:
    page = opened(new_page(width=size[0], height=size[1]), path)
    edited = cell(page, address).first
    edited.scroll_into_view_if_needed()
    before = _places(edited)
    edited.click(click_count=2 if address in DOUBLE_CLICKED else 1)
    page.keyboard.type("5")
    editor = page.locator("input.editor")
    expect(editor).to_have_value("5")
    of_cell, of_editor = edited.bounding_box(), editor.bounding_box()
    assert of_cell is not None
    assert of_editor is not None
    for start, length in (("x", "width"), ("y", "height")):
        center, half = of_cell[start] + of_cell[length] / 2, of_editor[length] / 2
        assert abs(of_editor[start] + half - center) <= 1, "the editor's center is the cell's"
    assert of_editor["width"] >= 44
    assert of_editor["height"] >= max(24, of_cell["height"])
    at_center = editor.evaluate(
        """e => { const b = e.getBoundingClientRect();
                  return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2) === e; }"""
    )
    assert at_center, "nothing covers the editor"
    assert float(editor.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= 12
    assert _places(edited) == before, "no other cell moves"


def _places(edited: Locator) -> object:
    """Where the cells of the same tile lie in it."""
    return edited.evaluate(
        """e => [...e.closest('.tile').querySelectorAll('.cell')].map(c => {
             const b = c.getBoundingClientRect(), t = c.closest('.tile').getBoundingClientRect();
             return [c.dataset.cell, b.x - t.x, b.y - t.y, b.width, b.height]; })"""
    )


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_typed_number_is_taken_over(page: Page, key: str) -> None:
    opened(page)
    cell(page, "conv.weight[0][0][1][1]").click()
    page.keyboard.type("5")
    page.keyboard.press(key)
    expect(cell(page, "conv.weight[0][0][1][1]")).to_have_attribute("data-value", "5")
