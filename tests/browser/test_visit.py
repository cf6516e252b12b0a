"""A link that shows another experiment is a visit: what the person made is kept, and one press leads back to it."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import cell, numbers, opened, settle
from tests.browser.test_learning import experiment, part, train

FOREIGN = "/#experiment=one-8&label=8"
KEYS = ("fivebyfive.playground", "fivebyfive.run")
SAVED_AFTER = 700  # ms; the page writes 400 ms after a change


def saved(page: Page) -> tuple[Any, Any]:
    """What of own work this browser has saved, and the run."""
    state, run = (json.loads(page.evaluate("key => localStorage.getItem(key)", key)) for key in KEYS)
    return {key: state["kept"][key] for key in ("work", "label", "experiment", "plan")}, run["run"]


def trained(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 5)
    train(page, 5)
    page.wait_for_timeout(SAVED_AFTER)


def test_link_to_another_experiment_does_not_replace_own_work(page: Page) -> None:
    trained(page)
    kernels, kept = numbers(page, "conv.weight"), saved(page)
    page.goto("about:blank")
    opened(page, FOREIGN)
    expect(part(page, "visit")).to_be_visible()
    expect(page.get_by_label("Experiment")).to_have_value("one-8")
    cell(page, "input[0][0]").click()
    page.wait_for_timeout(SAVED_AFTER)
    page.goto("about:blank")
    page.go_back()
    settle(page)
    assert saved(page) == kept
    page.get_by_role("button", name="Back to my own work").click()
    expect(part(page, "visit")).to_be_hidden()
    expect(part(page, "epoch")).to_have_text("5")
    settle(page)
    assert (numbers(page, "conv.weight") == kernels).all()
    check_everything_adds_up(page)


def test_link_followed_in_an_open_page_is_a_visit_too_and_can_be_kept(page: Page) -> None:
    trained(page)
    page.evaluate("location.hash = '#experiment=one-8&label=8'")
    expect(part(page, "visit")).to_be_visible()
    page.get_by_role("button", name="Keep this instead").click()
    page.wait_for_timeout(SAVED_AFTER)
    page.goto("/")
    settle(page)
    expect(page.get_by_label("Experiment")).to_have_value("one-8")


def test_first_visitor_sees_a_link_without_a_question(page: Page) -> None:
    opened(page, FOREIGN)
    expect(page.get_by_label("Experiment")).to_have_value("one-8")
    expect(part(page, "visit")).to_be_hidden()


def test_damaged_storage_opens_a_fresh_page_and_is_set_aside(page: Page) -> None:
    opened(page)
    cell(page, "input[0][0]").click()
    page.wait_for_timeout(SAVED_AFTER)
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    state = json.loads(page.evaluate("localStorage.getItem('fivebyfive.playground')"))
    state["kept"]["work"]["image"] = []  # tests/js/saved-state.test.js has other damages
    page.goto("about:blank")
    page.route("**/damaged", lambda route: route.fulfill(content_type="text/html", body="<p>storage</p>"))
    page.goto("/damaged")
    page.evaluate("text => localStorage.setItem('fivebyfive.playground', text)", json.dumps(state))
    opened(page)
    expect(part(page, "notice")).to_contain_text("set aside")
    assert json.loads(page.evaluate("localStorage.getItem('fivebyfive.damaged')"))["texts"][0] == json.dumps(state)
    check_everything_adds_up(page)
    opened(page)
    expect(part(page, "notice")).to_be_hidden()
    assert len(loads) <= 5, "the page does not reload by itself without end"


@pytest.mark.parametrize("text", ["{", '{"version": 1}'])
def test_unreadable_storage_opens_a_fresh_page(new_page: NewPage, text: str) -> None:
    page = new_page()
    page.add_init_script(
        f"if (!sessionStorage.length) {{ sessionStorage.a = 1; localStorage['fivebyfive.run'] = {json.dumps(text)}; }}"
    )
    opened(page)
    check_everything_adds_up(page)
