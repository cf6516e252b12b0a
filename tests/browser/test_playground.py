"""The playground as a person uses it, in a real browser."""

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import EIGHT, cell, numbers, opened, settle, wider_than_the_screen


def test_the_eight_through_the_notebooks_kernel_shows_the_notebooks_numbers(page: Page) -> None:
    opened(page)
    page.get_by_label("Experiment").select_option(label="One 8")
    page.get_by_role("button", name="Digit 8").click()
    expect(page.get_by_label("Kernel of filter A", exact=True)).to_have_value("notebook")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), EIGHT)
    np.testing.assert_array_equal(numbers(page, "conv")[0], [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
    np.testing.assert_array_equal(numbers(page, "relu")[0], [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
    np.testing.assert_array_equal(numbers(page, "pool")[0], [[2, 1], [2, 1]])
    assert [cell(page, f"pool[0][{r}][{c}]").inner_text() for r in range(2) for c in range(2)] == ["2", "1", "2", "1"]


def test_the_first_view_needs_no_request_for_its_numbers(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page)
    check_everything_adds_up(page)
    assert not [url for url in asked if url.endswith(("/forward", "/explain"))]
    assert page.locator("[data-part=explain] [data-part=value]").get_attribute("data-value") == cell(
        page, "conv[0][0][1]"
    ).get_attribute("data-value")


def test_nothing_moves_while_the_page_comes_to_life(page: Page) -> None:
    # Browsers may paint a page of which half has arrived, and then that moves: the script comes after all is painted.
    def late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/js/main.js", late)
    page.add_init_script(
        """globalThis.shifts = [];
           document.addEventListener('readystatechange', () => { globalThis.parsed ??= performance.now(); });
           new PerformanceObserver((list) => {
             for (const { startTime, sources } of list.getEntries()) {
               shifts.push([startTime, sources.map((s) => s.node?.className)]);
             }
           }).observe({ type: 'layout-shift', buffered: true });"""
    )
    opened(page)
    page.wait_for_timeout(500)
    assert page.evaluate("shifts.filter(([at]) => at > parsed + 250)") == []


def test_what_the_html_says_before_the_script_runs_is_what_the_script_says(page: Page) -> None:
    html = page.request.get("/").text()
    opened(page)
    for part in [
        "[data-part=advice] [data-part=text]",
        "[data-part=kernel-head]",
        "[data-part=dense-shape]",
        "[data-part=summary]",
        "[data-part=epoch-of]",
    ]:
        drawn = page.locator(part).inner_text()
        assert drawn
        assert f">{drawn}<" in html


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
    cell(page, "conv.weight[0][0][1][1]").click()
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    field = page.get_by_label("Kernel A, row 1, column 1")
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
    page.get_by_role("button", name="valid", exact=True).click()
    check_everything_adds_up(page)
    assert numbers(page, "conv").shape[1:] == (3, 3)
    page.get_by_role("button", name="same", exact=True).click()
    check_everything_adds_up(page)
    assert numbers(page, "conv").shape[1:] == (5, 5)
    page.get_by_role("button", name="average").click()
    check_everything_adds_up(page)
    page.get_by_role("group", name="Stride").get_by_role("button", name="2").click()
    check_everything_adds_up(page)


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
    page.get_by_role("button", name="valid", exact=True).click()
    settle(page)
    cell(page, "conv[1][2][0]").hover()
    ring = page.locator("[data-part=drawing] .window")
    expect(ring).to_be_visible()
    page.wait_for_timeout(300)  # the window slides there
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
    page.get_by_role("button", name="valid", exact=True).click()
    settle(page)
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


def test_a_reply_that_comes_late_never_overwrites_a_newer_one(page: Page) -> None:
    opened(page)
    late: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    page.route("**/api/v1/forward", hold_the_first)
    page.get_by_role("button", name="Digit 1").click()
    expect(page.locator("html")).to_have_attribute("data-waiting", "true")
    page.wait_for_timeout(1300)  # longer than the page waits for one reply while newer work is there
    page.get_by_role("button", name="Digit 2").click()
    settle(page)
    newest = numbers(page, "probabilities")
    late[0].abort()
    page.wait_for_timeout(200)
    np.testing.assert_array_equal(numbers(page, "probabilities"), newest)
    check_everything_adds_up(page)


def test_on_a_slow_line_a_long_stroke_still_moves_the_numbers(page: Page) -> None:
    opened(page)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.get_by_role("button", name="Clear", exact=True).first.click()
    settle(page)
    page.route("**/api/v1/forward", slowly)
    seen = set()
    for row in range(5):
        for column in range(0, 5, 2):
            cell(page, f"input[{row}][{column}]").click()
            seen.add(page.get_attribute('[data-cell="probabilities[8]"]', "data-value"))
    assert len(seen) > 3
    settle(page)
    check_everything_adds_up(page)


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    opened(page)
    for padding in ("valid", "same"):
        page.get_by_role("button", name=padding, exact=True).click()
        for size in (2, 3, 5):
            page.get_by_role("button", name=f"{size} × {size}").click()
            settle(page)
            widths = (360, 390, 768, 820, 1024, 1199, 1200, 1280, 1399, 1440, 1680, 1920, 2560)
            assert wider_than_the_screen(page, widths) == []


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    opened(page)
    button = page.get_by_role("button", name="Theme: follows the system")
    button.click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
