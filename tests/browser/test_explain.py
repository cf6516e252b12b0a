"""Every number explains itself: the panel's terms add up to the number on the pipeline."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.reading import cell, numbers, opened, settle

# Clicks every third number, waits for its explanation, and compares the sum of its terms with the number shown.
CHECK = """async ({ backward, first }) => {
  const panel = document.querySelector('[data-part=explain]');
  const shown = [...document.querySelectorAll('[data-part=network] [data-cell]')].map((e) => e.dataset.cell)
    .filter((name) => !name.startsWith('input') && name.startsWith('gradient.') === backward)
    .filter((_, index) => index % 3 === first);
  const faults = [];
  let checked = 0;
  for (const name of shown) {
    const element = document.querySelector(`[data-part=network] [data-cell="${name}"]`);
    element.click();
    const start = performance.now();
    const late = () => performance.now() - start > 4000;
    while (panel.dataset.cellExplained !== name && !late()) await new Promise(requestAnimationFrame);
    if (panel.dataset.cellExplained !== name) { faults.push(`${name}: not explained`); continue; }
    const terms = [...panel.querySelectorAll('[data-cell^="explain.term"]')].map((e) => Number(e.dataset.value));
    const sum = terms.reduce((a, b) => a + b, 0);
    const number = Number(document.querySelector(`[data-part=network] [data-cell="${name}"]`).dataset.value);
    const value = Number(panel.querySelector('[data-cell="explain.value"]').dataset.value);
    checked++;
    const told = `${name}: terms ${sum}, panel ${value}, pipeline ${number}`;
    if (Math.abs(sum - number) > 1e-12 || value !== number) faults.push(told);
  }
  return { faults, checked };
}"""


def choose(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()
    settle(page)


@pytest.mark.parametrize(("pooling", "first"), [("max", 0), ("average", 1)])
@pytest.mark.parametrize("direction", ["Forward", "Backward"])
def test_terms_of_numbers_add_up_to_them(page: Page, pooling: str, direction: str, first: int) -> None:
    opened(page)
    for _ in range(2):
        page.get_by_role("button", name="Remove the last filter").click()
    choose(page, "same", pooling)
    page.get_by_role("group", name="Stride").get_by_role("button", name="2").click()
    settle(page)
    page.get_by_role("tab", name=direction).click()
    settle(page)
    found = page.evaluate(CHECK, {"backward": direction == "Backward", "first": first})
    assert found["faults"] == []
    # 2 filters: 18 weights, 2 biases, 18 + 18 + 8 map cells, 8 features, 80 weights, 10 biases, 10 scores
    assert found["checked"] == (172 + (10 if direction == "Forward" else 0) + 2 - first) // 3


def test_a_feature_map_cell_is_told_as_pixels_times_kernel(page: Page) -> None:
    opened(page)
    page.get_by_label("Experiment").select_option(label="One 8")
    expect(page.get_by_label("Kernel of filter A", exact=True)).to_have_value("notebook")
    page.get_by_role("button", name="Digit 8").click()
    settle(page)
    cell(page, "conv[0][0][1]").click()
    panel = page.locator("[data-part=explain]")
    expect(panel).to_have_attribute("data-cell-explained", "conv[0][0][1]")
    assert numbers(page, "explain.grid0").tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert numbers(page, "explain.grid1").tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert numbers(page, "explain.grid2").tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 1]]
    expect(panel.locator("[data-part=spoken]")).to_contain_text("Feature map A, row 0, column 1 is 2")
    expect(panel.locator("math").first).to_be_visible()


def test_a_kernel_weights_gradient_is_checked_by_nudging_and_says_what_a_step_does(page: Page) -> None:
    opened(page)
    page.get_by_role("tab", name="Backward").click()
    settle(page)
    cell(page, "gradient.conv.weight[0][0][1][1]").click()
    panel = page.locator("[data-part=explain]")
    expect(panel).to_have_attribute("data-cell-explained", "gradient.conv.weight[0][0][1][1]")
    expect(panel.locator(".badge")).to_have_text("Gradient checked")
    expect(panel.locator(".update")).to_contain_text("step of plain SGD")
    products = numbers(page, "explain.grid2")
    gradient = float(cell(page, "gradient.conv.weight[0][0][1][1]").get_attribute("data-value") or math.nan)
    assert math.isclose(products.sum(), gradient, abs_tol=1e-12)


def test_the_player_goes_through_the_window_and_the_keyboard_alone_can_do_it_all(page: Page) -> None:
    opened(page)
    cell(page, "conv[0][0][0]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    panel = page.locator("[data-part=explain]")
    expect(panel).to_have_attribute("data-cell-explained", "conv[0][1][1]")
    expect(panel.locator("[data-part=spoken]")).to_contain_text("Feature map A, row 1, column 1")
    panel.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-cell-explained", "conv[0][1][2]")
    page.keyboard.press("ArrowLeft")
    expect(panel).to_have_attribute("data-cell-explained", "conv[0][1][1]")
    panel.get_by_label("Slide the window: speed").select_option("8")
    panel.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-cell-explained", "conv[0][4][4]", timeout=15_000)
    page.keyboard.press("Escape")
    expect(cell(page, "conv[0][4][4]")).to_be_focused()


def test_a_link_leads_to_the_same_explanation(page: Page, new_page: NewPage) -> None:
    opened(page)
    page.get_by_role("button", name="Digit 3").click()
    page.get_by_role("tab", name="Backward").click()
    settle(page)
    cell(page, "gradient.conv[0][2][2]").click()
    expect(page.locator("[data-part=explain]")).to_have_attribute("data-cell-explained", "gradient.conv[0][2][2]")
    page.wait_for_timeout(500)
    other = opened(new_page(), page.url.split("/", 3)[3].join(["/", ""]))
    expect(other.locator("[data-part=explain]")).to_have_attribute("data-cell-explained", "gradient.conv[0][2][2]")
    assert numbers(other, "input").tolist() == numbers(page, "input").tolist()


def test_on_a_phone_the_panel_is_a_sheet_that_opens_with_a_number_and_can_be_dismissed(touch_page: Page) -> None:
    page = opened(touch_page)
    body = page.locator("[data-part=explain] .explain-body")
    expect(body).to_be_hidden()
    cell(page, "conv[0][2][2]").scroll_into_view_if_needed()
    cell(page, "conv[0][2][2]").tap()
    expect(body).to_be_visible()
    page.get_by_role("button", name="Show or hide the explanation").tap()
    expect(body).to_be_hidden()
