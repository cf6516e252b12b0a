"""Opening the convolution page and using its steppers."""

from playwright.sync_api import Page

from tests.browser.reading import opened, settle

LINE, PLANE, SIZE, GALLERY = (f"[data-section={name}] " for name in ("line", "plane", "size", "gallery"))


def here(page: Page) -> Page:
    return opened(page, "/convolution")


def step(page: Page, place: str, times: int = 1, which: str = "+") -> None:
    for _ in range(times):
        page.locator(place).get_by_text(which, exact=True).click()
        settle(page)
