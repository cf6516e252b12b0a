"""The convolution page in one dimension, its player and its states; numbers are held against numpy, not our engine."""

import re
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.convolution import LINE, here, step
from tests.browser.reading import cell, numbers, settle, wider_than_the_screen
from tests.conftest import MakeServer


def lines(page: Page, convention: int) -> list[str]:
    """The worked lines of a panel as they read, symbols and numbers."""
    found = page.locator(f'[data-convention="{convention}"] .line').all()
    return [re.sub(r"\s+", " ", line.text_content() or "") for line in found]


def write(page: Page, field: str, text: str) -> None:
    page.locator(f"{LINE}[data-field={field}] input").fill(text)
    settle(page)


def by_index(page: Page, prefix: str) -> dict[int, float]:
    """Outputs of a panel by the i that the convention counts."""
    found: list[list[str]] = page.evaluate(
        "start => [...document.querySelectorAll('[data-index]')].filter(e => e.dataset.cell.startsWith(start))"
        ".map(e => [e.dataset.index, e.dataset.value])",
        f"{prefix}.output[",
    )
    return {int(i): float(value) for i, value in found}


def check_terms_add_up(page: Page) -> None:
    """Every output of every panel is the sum of its terms, each of which is on the page."""
    for convention in range(4):
        terms = numbers(page, f"c{convention}.term")
        np.testing.assert_allclose(terms.sum(axis=1), numbers(page, f"c{convention}.output"), atol=1e-12)


def test_the_notebooks_three_worked_lines_stand_as_it_prints_them(page: Page) -> None:
    here(page)
    symbols = [line.split(" = ")[1].split("= ")[0].strip() for line in lines(page, 0)]
    assert symbols == [
        "f[0]g[0] + f[1]g[1] + f[2]g[2]",
        "f[1]g[0] + f[2]g[1] + f[3]g[2]",
        "f[2]g[0] + f[3]g[1] + f[4]g[2]",
    ]
    assert lines(page, 0)[0] == "C[0] = f[0]g[0] + f[1]g[1] + f[2]g[2]= 1×1 + 2×0 + 3×(−1) = −2"
    np.testing.assert_array_equal(numbers(page, "c0.output"), [-2, -2, -2])


def test_the_notebooks_second_example_shows_its_padding_and_negative_indices(page: Page) -> None:
    here(page)
    np.testing.assert_array_equal(numbers(page, "c1.output"), [1, 2, 2, 2, 2])
    assert lines(page, 1)[0].startswith("C[0] = f[0]g[0] + f[−1]g[1] + f[−2]g[2]")
    ghost = cell(page, "c1.signal[-2]")
    expect(ghost).to_have_class(re.compile(r"\bghost\b"))
    expect(ghost).to_have_attribute("data-value", "0")


def test_the_first_view_needs_no_request_and_adds_up(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    here(page)
    check_terms_add_up(page)
    assert not [url for url in asked if "/api/" in url]
    np.testing.assert_array_equal(numbers(page, "output2d"), [[-4, -4], [-4, -4]])
    np.testing.assert_array_equal(numbers(page, "size"), [5, 3, 1])


@pytest.mark.parametrize(
    ("signal", "kernel"),
    [("3 1 4 1 5 9 2 6", "2 −7 1"), ("0.5, −1.25, 2", "1/4 3"), ("1 2 3 4 5 6 7", "1 2 3 4"), ("5", "−2")],
)
def test_the_four_conventions_are_numpys_convolve_and_correlate(page: Page, signal: str, kernel: str) -> None:
    here(page)
    write(page, "kernel", kernel)
    write(page, "signal", signal)
    page.get_by_role("button", name="none", exact=True).click()
    settle(page)
    f, g = typed(signal), typed(kernel)
    m = len(g)
    correlated, convolved = np.correlate(f, g, "valid"), np.convolve(f, g, "valid")
    assert_outputs(by_index(page, "c0"), range(len(correlated)), correlated)
    for prefix in ("c1", "c2"):
        assert_outputs(by_index(page, prefix), range(m - 1, m - 1 + len(convolved)), convolved)
    assert_outputs(by_index(page, "c3"), range(0, -len(correlated), -1), correlated)
    check_terms_add_up(page)


def typed(text: str) -> NDArray[np.float64]:
    """A list as a person types it."""
    return np.array([float(Fraction(word)) for word in re.split(r"[\s,]+", text.replace("−", "-"))])


def assert_outputs(found: dict[int, float], indices: range, values: NDArray[np.float64]) -> None:
    assert sorted(found) == sorted(indices)
    np.testing.assert_allclose([found[i] for i in indices], values, atol=1e-12)


def test_stride_dilation_and_padding_on_both_sides(page: Page) -> None:
    here(page)
    write(page, "signal", "1 2 3 4 5 6 7 8")
    page.get_by_role("button", name="both", exact=True).click()
    settle(page)
    step(page, f"{LINE}[data-field=stride]")
    step(page, f"{LINE}[data-field=dilation]")
    padded = np.pad(np.arange(1.0, 9), 1)
    dilated = np.array([1, 0, 0, 0, -1])
    np.testing.assert_array_equal(numbers(page, "c0.output"), np.correlate(padded, dilated, "valid")[::2])
    check_terms_add_up(page)
    struck = page.locator('[data-convention="0"] .spare').evaluate_all("all => all.map(e => e.dataset.cell)")
    assert struck == ["c0.signal[0]", "c0.signal[2]", "c0.signal[4]", "c0.signal[6]", "c0.signal[8]"]


def test_a_wrong_list_keeps_the_numbers_and_says_what_is_wrong(page: Page) -> None:
    here(page)
    field = page.locator(f"{LINE}[data-field=signal] input")
    field.fill("1, 2, x")
    expect(page.get_by_text("“x” is not a number")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    np.testing.assert_array_equal(numbers(page, "c0.output"), [-2, -2, -2])
    field.press("Escape")
    expect(field).to_have_value("1, 2, 3, 4, 5")
    expect(page.get_by_text("“x” is not a number")).to_be_hidden()


def test_a_number_is_changed_by_typing_on_it(page: Page) -> None:
    here(page)
    cell(page, "c0.signal[0]").focus()
    page.keyboard.press("9")
    page.keyboard.press("Enter")
    settle(page)
    np.testing.assert_array_equal(numbers(page, "c0.output"), [6, -2, -2])
    expect(page.locator(f"{LINE}[data-field=signal] input")).to_have_value("9, 2, 3, 4, 5")


def products(page: Page, prefix: str) -> list[float]:
    return [float(v) for v in numbers(page, f"{prefix}.product")]


def test_the_keyboard_alone_plays_steps_and_hears_the_numbers(page: Page) -> None:
    here(page)
    slider = page.get_by_role("slider", name="Slide the window over the image: position")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "Window 2 of 4: C[0, 1] is −4: 2 × 1 + 3 × 0 + 5 × 0 + 6 × −1")
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Window 4 of 4"))
    expect(cell(page, "image[1][1]")).to_have_attribute("data-value", "5")
    np.testing.assert_array_equal(numbers(page, "product2d"), [[5, 0], [0, -9]])
    cell(page, "output2d[0][0]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").last).to_have_text("C[1, 0] is −4: 4 × 1 + 5 × 0 + 7 × 0 + 8 × −1")
    expect(slider).to_have_value("2")


def test_playing_fills_the_output_and_stops_at_the_end(page: Page) -> None:
    here(page)
    player = page.get_by_role("group", name="Slide the kernel along")
    player.get_by_label("speed").select_option("8")
    player.get_by_role("button", name="Play").click()
    expect(cell(page, "c1.output[4]")).to_have_class(re.compile(r"\blater\b"))
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    expect(player.get_by_text("Window 5 of 5")).to_be_visible()
    expect(cell(page, "c1.output[4]")).not_to_have_class(re.compile(r"\blater\b"))
    assert products(page, "c1") == [-3, 0, 5]


def test_reduced_motion_steps_without_sliding(new_page: NewPage) -> None:
    page = here(new_page(reduced_motion="reduce"))
    for part in (".slide", ".axis-band", ".window"):
        assert page.locator(part).first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    page.get_by_role("group", name="Slide the kernel along").get_by_role("button", name="Next").click()
    assert products(page, "c0") == [2, 0, -4]


def test_dragging_moves_the_window(page: Page) -> None:
    here(page)
    first, last = (cell(page, f"c0.signal[{i}]").bounding_box() for i in (1, 4))
    assert first
    assert last
    page.mouse.move(first["x"] + 15, first["y"] + 15)
    page.mouse.down()
    page.mouse.move(last["x"] + 15, last["y"] + 15, steps=5)
    page.mouse.up()
    assert products(page, "c0") == [3, 0, -5]
    cell(page, "image[2][2]").scroll_into_view_if_needed()
    corner = cell(page, "image[2][2]").bounding_box()
    assert corner
    page.mouse.click(corner["x"] + 20, corner["y"] + 20)
    np.testing.assert_array_equal(numbers(page, "product2d"), [[5, 0], [0, -9]])


@pytest.mark.refusals
def test_a_kernel_that_does_not_fit_is_said_and_the_last_picture_stays(page: Page) -> None:
    here(page)
    page.locator(f"{LINE}[data-field=kernel] input").fill("1 2 3 4 5 6 7 8 9")
    expect(page.locator(f"{LINE}[data-part=problem]")).to_contain_text("exceeds the padded input")
    expect(page.locator("html")).to_have_attribute("data-settled", "false")
    np.testing.assert_array_equal(numbers(page, "c0.output"), [-2, -2, -2])
    page.locator(f"{LINE}[data-field=kernel] input").fill("1 0 −1")
    settle(page)
    expect(page.locator(f"{LINE}[data-part=problem]")).to_be_hidden()


@pytest.mark.offline
def test_when_the_server_goes_everything_can_still_be_played_and_it_recovers(
    new_page: NewPage, make_server: MakeServer
) -> None:
    mine = make_server()
    page = here(new_page(of=mine))
    mine.kill()
    page.locator(f"{LINE}[data-field=signal] input").fill("9 8 7 6")
    expect(page.get_by_text("The server is not answering.")).to_be_visible()
    page.get_by_role("group", name="Slide the kernel along").get_by_role("button", name="Next").click()
    assert products(page, "c0") == [2, 0, -4]
    mine.start()
    expect(page.get_by_text("The server is not answering.")).to_be_hidden(timeout=15_000)
    settle(page)
    np.testing.assert_array_equal(numbers(page, "c0.output"), [2, 2])


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    here(page)
    widths = (360, 390, 768, 1024, 1280, 1440, 1920, 2560)
    assert wider_than_the_screen(page, widths) == []
    write(page, "signal", " ".join(map(str, range(40))))
    assert wider_than_the_screen(page, widths) == []


def test_the_pages_lead_to_each_other_and_share_the_theme(page: Page) -> None:
    here(page)
    page.get_by_role("button", name="Theme: follows the system").click()
    page.get_by_role("link", name="Playground").click()
    settle(page)
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    page.get_by_role("link", name="Convolution").click()
    settle(page)
    expect(page).to_have_url(re.compile("/convolution$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
