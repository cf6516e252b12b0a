"""What is changed while the page trains: the run ends there, says so, and goes on by the new plan."""

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.reading import numbers, opened
from tests.browser.test_learning import experiment, part, reached


def running(page: Page, epochs: int) -> None:
    opened(page)
    experiment(page, "Ten digits", epochs, "steady")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(part(page, "epoch")).not_to_have_text("0")


@pytest.mark.parametrize(
    ("field", "value"), [("Optimizer", "sgd"), ("Optimizer", "momentum"), ("Learning rate", "0.3"), ("Batch", "2")]
)
def test_another_plan_stops_the_run_and_training_goes_on_by_it(page: Page, field: str, value: str) -> None:
    asked: list[dict[str, Any]] = []

    def on_request(request: Request) -> None:
        if request.url.endswith("/train"):
            asked.append(json.loads(request.post_data or ""))

    page.on("request", on_request)
    running(page, 12)
    page.get_by_label(field).select_option(value)
    expect(part(page, "live")).to_contain_text("Stopped at epoch")
    expect(part(page, "transport")).to_have_attribute("data-running", "false")
    at = int(part(page, "epoch").inner_text())
    assert 0 < at < 12
    part(page, "speed").select_option("full")
    page.get_by_role("button", name="Train", exact=True).click()
    reached(page, 12)
    assert [body["first_epoch"] for body in asked] == [1, at + 1]
    assert ("optimizer_state" in asked[1]) == (field != "Optimizer")
    assert np.isfinite(numbers(page, "conv.weight")).all()


def test_another_speed_and_number_of_epochs_leave_the_run_alone(page: Page) -> None:
    running(page, 12)
    page.get_by_label("Epochs").fill("20")
    page.get_by_label("Epochs").press("Enter")
    part(page, "speed").select_option("full")
    reached(page, 12)
