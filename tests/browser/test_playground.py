"""The playground as a person uses it, in a real browser."""

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import cell, draw_with_mouse, numbers, opened, settle

EIGHT = np.array([[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]])


def test_the_eight_through_the_notebooks_kernel_shows_the_notebooks_numbers(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Digit 8").click()
    page.get_by_label("Kernel of filter A", exact=True).select_option("notebook")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), EIGHT)
    np.testing.assert_array_equal(numbers(page, "conv")[0], [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
    np.testing.assert_array_equal(numbers(page, "relu")[0], [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
    np.testing.assert_array_equal(numbers(page, "pool")[0], [[2, 1], [2, 1]])
    assert [cell(page, f"pool[0][{r}][{c}]").inner_text() for r in range(2) for c in range(2)] == ["2", "1", "2", "1"]


def test_the_first_view_needs_no_request(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page)
    check_everything_adds_up(page)
    assert not [url for url in asked if "/api/" in url]


def test_drawing_with_the_mouse_changes_every_number(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Clear").click()
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
    page.get_by_role("button", name="Clear").tap()
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
    page.get_by_role("button", name="Clear").click()
    settle(page)
    expect(page.get_by_text("Draw here,")).to_be_visible()
    expect(page.get_by_text("Nothing drawn yet, so nothing to read")).to_be_visible()
    expect(page.locator(".bars .hit")).to_have_count(0)


def test_a_weight_is_edited_in_place(page: Page) -> None:
    opened(page)
    cell(page, "conv.weight[0][0][0][0]").click()
    page.keyboard.type("−1,5")
    page.keyboard.press("Enter")
    settle(page)
    assert numbers(page, "conv.weight")[0, 0, 0, 0] == -1.5
    expect(page.get_by_label("Kernel of filter A", exact=True)).to_have_value("custom")
    check_everything_adds_up(page)


def test_a_weight_that_is_no_number_is_refused_and_the_old_one_kept(page: Page) -> None:
    opened(page)
    before = numbers(page, "conv.weight")
    cell(page, "conv.weight[1][0][1][1]").click()
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    field = page.get_by_label("Kernel B, row 1, column 1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("A number, such as −0.5 or 1/9")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    np.testing.assert_array_equal(numbers(page, "conv.weight"), before)


def test_filters_are_added_randomised_and_removed_from_one_to_sixteen(page: Page) -> None:
    opened(page)
    add = page.get_by_role("button", name="Add a filter")
    for count in range(5, 17):
        add.click()
        settle(page)
        assert numbers(page, "conv").shape[0] == count
    expect(add).to_be_disabled()
    page.get_by_role("button", name="Randomise filter P").click()
    check_everything_adds_up(page)
    for _ in range(15):
        page.get_by_role("button", name="Remove the last filter").click()
        settle(page)
    expect(page.get_by_role("button", name="Remove the last filter")).to_be_disabled()
    check_everything_adds_up(page)


def test_padding_stride_and_pooling_each_change_the_arithmetic(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="same", exact=True).click()
    check_everything_adds_up(page, padding=1)
    assert numbers(page, "conv").shape == (4, 5, 5)
    page.get_by_role("button", name="average").click()
    check_everything_adds_up(page, padding=1, average=True)
    page.get_by_role("group", name="Stride").get_by_role("button", name="2").click()
    check_everything_adds_up(page, padding=1, stride=2, average=True)


def test_every_activation_is_what_its_name_says(page: Page) -> None:
    opened(page)
    rules = {
        "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    }
    for kind, rule in rules.items():
        page.get_by_label("Activation").select_option(kind)
        settle(page)
        np.testing.assert_allclose(numbers(page, "relu"), rule(numbers(page, "conv")), atol=1e-12)


@pytest.mark.parametrize("size", [2, 5])
def test_kernels_of_other_sizes_have_presets_of_their_own(page: Page, size: int) -> None:
    opened(page)
    page.get_by_role("button", name=f"{size} × {size}").click()
    settle(page)
    assert numbers(page, "conv.weight").shape[2:] == (size, size)
    preset = {2: "roberts-1", 5: "laplacian-of-gaussian"}[size]
    page.get_by_label("Kernel of filter A", exact=True).select_option(preset)
    check_everything_adds_up(page)


def test_pointing_at_a_cell_lights_up_what_it_was_made_of(page: Page) -> None:
    opened(page)
    cell(page, "conv[1][2][0]").hover()
    ring = page.locator("[data-part=drawing] .ring")
    expect(ring).to_be_visible()
    found, first, last = (
        target.bounding_box() for target in (ring, cell(page, "input[2][0]"), cell(page, "input[4][2]"))
    )
    assert found is not None
    assert first is not None
    assert last is not None
    assert abs(found["x"] - first["x"]) < 4
    assert abs(found["y"] - first["y"]) < 4
    assert abs(found["x"] + found["width"] - last["x"] - last["width"]) < 4
    assert abs(found["y"] + found["height"] - last["y"] - last["height"]) < 4


def test_arrow_keys_lead_from_stage_to_stage(page: Page) -> None:
    opened(page)
    cell(page, "conv.weight[0][0][0][0]").focus()
    for key, address in [
        ("ArrowRight", "conv.weight[0][0][0][1]"),
        ("ArrowRight", "conv.weight[0][0][0][2]"),
        ("ArrowRight", "conv[0][0][0]"),
        ("ArrowDown", "conv[0][1][0]"),
        ("ArrowDown", "conv[0][2][0]"),
        ("ArrowDown", "conv[1][0][0]"),
        ("ArrowLeft", "conv.weight[1][0][0][2]"),
    ]:
        page.keyboard.press(key)
        expect(cell(page, address)).to_be_focused()


def test_an_old_reply_never_overwrites_a_newer_drawing(page: Page) -> None:
    opened(page)
    held: list[Route] = []
    page.route("**/api/v1/forward", lambda route: held.append(route) if not held else route.continue_())
    page.get_by_role("button", name="Digit 1").click()
    page.wait_for_timeout(100)
    assert len(held) == 1
    page.get_by_role("button", name="Digit 2").click()
    settle(page)
    newest = numbers(page, "probabilities")
    held[0].continue_()
    page.wait_for_timeout(300)
    np.testing.assert_array_equal(numbers(page, "probabilities"), newest)
    check_everything_adds_up(page)


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1280, 1440, 1920, 2560])
def test_nothing_is_wider_than_the_screen(new_page: NewPage, width: int) -> None:
    page = opened(new_page(width=width))
    for action in (lambda: None, lambda: page.get_by_role("button", name="same", exact=True).click()):
        action()
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    opened(page)
    button = page.get_by_role("button", name="Theme: follows the system")
    button.click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
