"""The API docs have Swagger UI's style, in the page's colors, light and dark."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.reading import opened

POST_GREEN = {"light": "rgb(73, 204, 144)", "dark": "rgb(0, 181, 114)"}  # what Swagger UI's own sheet gives POST
PAPER = {"light": "rgb(251, 249, 245)", "dark": "rgb(19, 21, 24)"}  # --paper in tokens.css


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_docs_are_styled(new_page: NewPage, scheme: str) -> None:
    page = opened(new_page(color_scheme=scheme), "/docs")
    method = page.locator(".opblock-post .opblock-summary-method").first
    expect(method).to_have_css("background-color", POST_GREEN[scheme])
    expect(method).to_have_css("font-weight", "700")
    expect(page.locator("body")).to_have_css("background-color", PAPER[scheme])
    page.locator(".opblock-post .opblock-summary").first.click()
    expect(page.locator(".btn.execute")).to_have_css("background-color", re.compile("rgb"))
    expect(page.locator(".swagger-ui .scheme-container")).to_be_hidden()


def test_docs_with_an_open_operation_fit_a_phone(touch_page: Page) -> None:
    page = opened(touch_page, "/docs")
    page.locator(".opblock-post .opblock-summary").first.click()
    expect(page.locator(".responses-table").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
