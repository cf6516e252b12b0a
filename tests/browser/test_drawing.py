"""Drawing on the grid: mouse, finger, keyboard, tools."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import EIGHT, cell, draw_with_mouse, numbers, opened, settle


def test_drawing_with_the_mouse_changes_every_number(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Clear", exact=True).click()
    settle(page)
    before = numbers(page, "probabilities")
    draw_with_mouse(page, (0, 1), (0, 3), (2, 3), (4, 1), (4, 3))
    settle(page)
    ink = numbers(page, "input")
    assert ink[0, 1] == ink[0, 2] == ink[0, 3] == ink[1, 3] == ink[3, 2] == ink[4, 2] == 1
    assert not np.allclose(before, numbers(page, "probabilities"))
    check_everything_adds_up(page)


def test_a_press_on_ink_erases_and_a_stroke_is_one_step_back(page: Page) -> None:
    opened(page)
    draw_with_mouse(page, (0, 1), (0, 3))
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input")[0], 0)
    page.keyboard.press("Control+z")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), EIGHT)
    page.keyboard.press("Control+Shift+z")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input")[0], 0)


def test_undo_takes_back_the_label_of_a_digit_and_leaves_a_field_its_own(page: Page) -> None:
    opened(page)
    label = page.locator("[data-part=label]")
    page.get_by_role("button", name="Digit 3").click()
    settle(page)
    expect(label).to_have_value("3")
    epochs = page.get_by_label("Epochs")
    epochs.focus()
    page.keyboard.type("1")
    page.keyboard.press("Control+z")
    expect(label).to_have_value("3")
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("Control+z")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), EIGHT)
    expect(label).to_have_value("8")


def test_while_the_mouse_presses_pixels_nothing_else_is_pointed_at(page: Page) -> None:
    # the grid catches the pointer, so that for the browser it leaves the pixel and comes back
    opened(page)
    readout = page.locator("[data-part=readout]")
    cell(page, "input[0][0]").hover()
    expect(readout).to_have_text("Pixel 0,0 = 0")
    readout.evaluate(
        """(node) => {
             globalThis.said = [];
             const all = {childList: true, characterData: true, subtree: true};
             new MutationObserver(() => said.push(node.textContent)).observe(node, all);
           }"""
    )
    for column in range(5):
        box = cell(page, f"input[0][{column}]").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        page.wait_for_timeout(100)
    said = page.evaluate("said")
    assert said[-1] == "Pixel 0,4 = 1"
    assert [text for text in said if not text.startswith("Pixel 0,")] == []


def test_shift_draws_a_half_tone(page: Page) -> None:
    opened(page)
    page.keyboard.down("Shift")
    draw_with_mouse(page, (0, 0))
    page.keyboard.up("Shift")
    settle(page)
    assert numbers(page, "input")[0, 0] == 0.5
    check_everything_adds_up(page)


def test_drawing_with_a_finger_paints_and_does_not_scroll(touch_page: Page) -> None:
    page = opened(touch_page)
    page.get_by_role("button", name="Clear", exact=True).tap()
    settle(page)
    cell(page, "input[2][2]").scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    points = []
    for row in range(1, 5):
        box = cell(page, f"input[{row}][2]").bounding_box()
        assert box is not None
        points.append({"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2})
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
    for point in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input")[:, 2], [0, 1, 1, 1, 1])
    assert page.evaluate("scrollY") == scrolled
    check_everything_adds_up(page)


def test_drawing_with_the_keyboard_and_hearing_each_cells_state(page: Page) -> None:
    opened(page)
    first = cell(page, "input[0][0]")
    first.focus()
    expect(first).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Space")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first).to_have_accessible_name("Pixel row 0, column 0: 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page)
    assert numbers(page, "input")[1, 1] == 0
    check_everything_adds_up(page)


@pytest.mark.parametrize(("tool", "result"), [
    ("Invert", 1 - EIGHT),
    ("Shift left", np.pad(EIGHT, ((0, 0), (0, 1)))[:, 1:]),
    ("Shift right", np.pad(EIGHT, ((0, 0), (1, 0)))[:, :-1]),
    ("Shift up", np.pad(EIGHT, ((0, 1), (0, 0)))[1:]),
    ("Shift down", np.pad(EIGHT, ((1, 0), (0, 0)))[:-1]),
    ("Clear", np.zeros((5, 5))),
])  # fmt: skip
def test_each_tool_does_what_it_says(page: Page, tool: str, result: np.ndarray) -> None:
    opened(page)
    page.get_by_role("button", name=tool, exact=True).click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), result)
    check_everything_adds_up(page)


def test_an_empty_grid_predicts_nothing(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Clear", exact=True).click()
    settle(page)
    expect(page.get_by_text("Draw here,")).to_be_visible()
    expect(page.get_by_text("Nothing drawn yet, so nothing to read")).to_be_visible()
    expect(page.locator(".bars .hit")).to_have_count(0)
