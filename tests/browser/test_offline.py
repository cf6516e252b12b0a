"""The playground while its server is away."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import draw_with_mouse, numbers, opened, settle
from tests.conftest import MakeServer


@pytest.mark.offline
def test_when_the_server_goes_the_drawing_stays_and_when_it_returns_the_page_recovers(
    new_page: NewPage, make_server: MakeServer
) -> None:
    mine = make_server()
    page = opened(new_page(of=mine))
    mine.kill()
    page.get_by_role("button", name="Digit 2").click()
    expect(page.get_by_text("The server is not answering.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-settled", "false")
    draw_with_mouse(page, (0, 0))
    drawn = numbers(page, "input")
    assert drawn[0, 0] == 1
    mine.start()
    expect(page.get_by_text("The server is not answering.")).to_be_hidden(timeout=15_000)
    settle(page)
    np.testing.assert_array_equal(numbers(page, "input"), drawn)
    check_everything_adds_up(page)


@pytest.mark.offline
def test_try_now_does_not_wait_for_the_next_attempt(new_page: NewPage, make_server: MakeServer) -> None:
    mine = make_server()
    page = opened(new_page(of=mine))
    mine.kill()
    page.get_by_role("button", name="Digit 3").click()
    button = page.get_by_role("button", name="Try now")
    # So long a wait that the server is up, and the button pressed, before the page would try again by itself.
    expect(page.locator("[data-part=notice]")).to_contain_text("in 8 s", timeout=20_000)
    mine.start()
    button.click()
    expect(button).to_be_hidden()
    check_everything_adds_up(page)


@pytest.mark.offline
def test_what_cannot_be_loaded_while_the_server_is_away_costs_nothing(
    new_page: NewPage, make_server: MakeServer
) -> None:
    mine = make_server()
    page = opened(new_page(of=mine))
    draw_with_mouse(page, (0, 0))
    settle(page)
    drawn = numbers(page, "input")
    mine.kill()
    page.get_by_label("Experiment").select_option(label="Ten digits")
    notice = page.locator("[data-part=notice]")
    expect(notice).to_contain_text("The server did not answer, so nothing was loaded. Try again.")
    expect(notice).not_to_contain_text("refused")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    np.testing.assert_array_equal(numbers(page, "input"), drawn)
    mine.start()
    page.get_by_label("Experiment").select_option(label="Already trained")
    page.get_by_label("Experiment").select_option(label="Ten digits")
    expect(page.locator("[data-part=live]")).to_have_text("Experiment Ten digits")
