"""The address bar: what it shows, links followed in an open page, and a reload that loses nothing."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import cell, draw_with_mouse, numbers, opened, settle
from tests.browser.test_learning import part

BLANK_BUT_ONE = "0" * 24 + "9"


def test_a_half_tone_gives_the_same_numbers_through_a_link(page: Page, new_page: NewPage) -> None:
    opened(page)
    page.keyboard.down("Shift")
    draw_with_mouse(page, (0, 0))
    page.keyboard.up("Shift")
    settle(page)
    expect(page).to_have_url(re.compile("drawing=0.5,"))
    other = opened(new_page(), page.url[page.url.index("/#") :])
    assert numbers(other, "input")[0, 0] == 0.5
    np.testing.assert_array_equal(numbers(other, "probabilities"), numbers(page, "probabilities"))


def test_another_link_in_an_open_page_is_followed_and_the_way_back_too(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Digit 3").click()
    expect(page).to_have_url(re.compile("label=3"))
    page.goto(f"/#cell=conv[0][1][1]&backward&drawing={BLANK_BUT_ONE}&label=7&experiment=ten-digits")
    expect(page.get_by_label("Experiment")).to_have_value("ten-digits")
    expect(page.locator("[data-part=explain]")).to_have_attribute("data-cell-explained", "gradient.conv[0][1][1]")
    expect(part(page, "label")).to_have_value("7")
    settle(page)
    assert numbers(page, "input").sum() == 1
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile(f"backward&drawing={BLANK_BUT_ONE}&label=7&experiment=ten-digits"))
    page.go_back()
    expect(part(page, "label")).to_have_value("3")
    expect(page.get_by_role("tab", name="Forward")).to_have_attribute("aria-selected", "true")
    settle(page)
    check_everything_adds_up(page)


def test_links_in_quick_succession_end_at_the_last(page: Page) -> None:
    opened(page)
    page.evaluate(
        """location.hash = '#label=1&experiment=ten-digits';
           setTimeout(() => { location.hash = '#label=2&experiment=opening'; }, 1);
           setTimeout(() => { location.hash = '#label=4&experiment=one-8'; }, 2);"""
    )
    expect(page).to_have_url(re.compile("label=4&experiment=one-8"))
    page.wait_for_timeout(500)
    expect(page.get_by_label("Experiment")).to_have_value("one-8")
    expect(part(page, "label")).to_have_value("4")


def test_a_stroke_just_before_a_reload_is_there_after_it(page: Page) -> None:
    opened(page)
    cell(page, "input[0][0]").click()
    expect(page).to_have_url(re.compile("drawing=9"))
    page.evaluate("document.querySelector('[data-cell=\"input[4][4]\"]').click(); location.reload()")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].type === 'reload'")
    settle(page)
    assert numbers(page, "input")[4, 4] == 1
    assert numbers(page, "input")[0, 0] == 1
    expect(page).to_have_url(re.compile("drawing=9[09]{23}9&"))


def test_a_link_opened_again_after_more_was_drawn_shows_its_own_drawing(page: Page) -> None:
    opened(page, f"/#drawing={BLANK_BUT_ONE}&label=1")
    expect(part(page, "label")).to_have_value("1")
    page.evaluate("document.querySelector('[data-cell=\"input[0][0]\"]').click()")
    page.goto("about:blank")
    opened(page, f"/#drawing={BLANK_BUT_ONE}&label=1")
    expect(cell(page, "input[0][0]")).to_have_attribute("data-value", "0")
    settle(page)
    assert numbers(page, "input").sum() == 1


@pytest.mark.parametrize("hash_", ["#%", "#cell=%zz"])
def test_an_address_that_cannot_be_read_opens_the_page_all_the_same(page: Page, hash_: str) -> None:
    opened(page, f"/{hash_}")
    check_everything_adds_up(page)


def test_link_to_an_unknown_experiment_and_number_says_so_once(page: Page) -> None:
    opened(page, "/#cell=foo[0]&label=3&experiment=nothing")
    notice = part(page, "notice")
    expect(notice).to_contain_text("the experiment “nothing” and the number “foo[0]”, which this page does not have")
    expect(part(page, "label")).to_have_value("3")
    expect(page.locator("[data-part=explain]")).to_have_attribute("data-cell-explained", re.compile(r"conv\["))
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    page.evaluate("location.hash = '#cell=conv[7][0][0]&experiment=one-8'")
    expect(notice).to_contain_text("The link names the number “conv[7][0][0]”, which this page does not have")
    expect(page.get_by_label("Experiment")).to_have_value("one-8")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 800), (390, 844)])
def test_readout_shows_the_whole_name_of_the_number(new_page: NewPage, width: int, height: int) -> None:
    page = opened(new_page(width=width, height=height), "/#cell=dense.weight[2][3]&backward&experiment=one-8")
    readout = part(page, "readout")
    expect(readout).to_contain_text("∂L by Dense weight from feature 2 to digit 3 =")
    assert readout.evaluate("element => element.scrollWidth <= element.clientWidth")
