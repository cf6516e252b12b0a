"""The keyboard's focus stays near what was done, also where a control has nothing left to do."""

from playwright.sync_api import Page, expect

from tests.browser.reading import opened, settle


def test_step_by_the_keyboard_can_be_repeated(page: Page) -> None:
    opened(page)
    step = page.get_by_role("button", name="Step", exact=True)
    step.focus()
    for epoch in range(1, 4):
        page.keyboard.press("Enter")
        expect(page.locator("[data-part=epoch]")).to_have_text(str(epoch))
        expect(step).to_be_focused()
        expect(step).to_be_enabled()


def test_a_button_with_nothing_left_to_do_keeps_the_focus_and_does_nothing(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Step", exact=True).press("Enter")
    expect(page.locator("[data-part=epoch]")).to_have_text("1")
    settle(page)
    back = page.locator("[data-part=reset]")
    back.press("Enter")
    expect(page.locator("[data-part=epoch]")).to_have_text("0")
    expect(back).to_be_focused()
    expect(back).to_be_disabled()
    before = page.locator("[data-part=live]").inner_text()
    page.keyboard.press("Enter")
    assert page.locator("[data-part=live]").inner_text() == before


def test_removing_leads_the_focus_to_what_took_its_place(page: Page) -> None:
    opened(page)
    training_set = page.get_by_role("region", name="Training set")
    example = training_set.locator(".tray button").nth(2)
    example.press("Enter")
    training_set.get_by_role("button", name="Remove from the set").press("Enter")
    expect(training_set.locator(".tray button").nth(2)).to_be_focused()
    clear = training_set.get_by_role("button", name="Clear")
    clear.press("Enter")
    expect(training_set.locator(".tray li")).to_have_count(0)
    expect(clear).to_be_focused()
    for left in (3, 2, 1):
        page.get_by_role("button", name="Remove filter A").press("Enter")
        expect(page.locator(".filter")).to_have_count(left)
        settle(page)
        assert page.evaluate("document.activeElement.closest('.filter') !== null")
