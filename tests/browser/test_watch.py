"""The watch of conftest.py sees what it is there to see; otherwise every other browser test would pass too easily."""

import re

import pytest
from playwright.sync_api import Error, Page

from .conftest import PROBLEMS


def complaints(request: pytest.FixtureRequest) -> str:
    """What the watch noted; taken out, so that this test itself may pass."""
    noted = "\n".join(request.node.stash[PROBLEMS])
    request.node.stash[PROBLEMS].clear()
    return noted


def test_a_page_that_loads_well_gives_no_complaint(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/")
    assert complaints(request) == ""


def test_an_error_in_the_console_is_noted(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/")
    page.evaluate("console.error('planted')")
    assert re.match("console error: planted", complaints(request))


def test_an_exception_that_nobody_catches_is_noted(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('planted') })")
    assert "page error: planted" in complaints(request)


def test_the_policy_stops_a_request_to_another_host_and_the_watch_notes_it(
    page: Page, request: pytest.FixtureRequest
) -> None:
    page.goto("/")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("fetch('http://127.0.0.1:9/')")
    assert "Content Security Policy" in complaints(request)


def test_a_page_on_another_host_is_noted(page: Page, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Error, match=r"ERR_CONNECTION_REFUSED|ERR_UNSAFE_PORT"):
        page.goto("http://127.0.0.1:9/")
    assert "request to another host: http://127.0.0.1:9/" in complaints(request)


def test_an_unexpected_refusal_of_the_api_is_noted(page: Page, request: pytest.FixtureRequest) -> None:
    page.goto("/")
    page.evaluate("fetch('api/v1/no-such-thing')")
    page.wait_for_timeout(100)
    assert "responded with a status of 404" in complaints(request)
