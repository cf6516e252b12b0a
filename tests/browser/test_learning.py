"""Learning on the page: train, pause, step, travel in time, branch, own examples, reload."""

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import cell, draw_with_mouse, numbers, opened, settle
from tests.conftest import MakeServer

LONG = 30_000  # ms; training on a busy machine


def part(page: Page, name: str):
    return page.locator(f"[data-part={name}]").first


def experiment(page: Page, name: str, epochs: int, speed: str = "full") -> None:
    page.get_by_label("Experiment").select_option(label=name)
    expect(part(page, "live")).to_have_text(f"Experiment {name}")
    expect(part(page, "epoch")).to_have_text("0")
    settle(page)
    page.get_by_label("Epochs").fill(str(epochs))
    page.get_by_label("Epochs").press("Enter")
    part(page, "speed").select_option(speed)


def train(page: Page, until: int) -> None:
    page.get_by_role("button", name="Train", exact=True).click()
    reached(page, until)


def reached(page: Page, epoch: int) -> None:
    expect(part(page, "epoch")).to_have_text(str(epoch), timeout=LONG)
    expect(part(page, "transport")).to_have_attribute("data-running", "false", timeout=LONG)
    settle(page)


def go_to(page: Page, epoch: int) -> None:
    part(page, "epoch-slider").evaluate(
        "(slider, epoch) => { slider.value = epoch; slider.dispatchEvent(new Event('input', {bubbles: true})); }", epoch
    )
    expect(part(page, "epoch")).to_have_text(str(epoch))
    settle(page)


def test_training_changes_the_kernels_and_every_number_still_adds_up(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 8)
    before = numbers(page, "conv.weight")
    train(page, 8)
    assert not np.allclose(before, numbers(page, "conv.weight"))
    check_everything_adds_up(page)


def test_training_pauses_at_the_epoch_shown_and_goes_on_bit_for_bit(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 30, "fast")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(part(page, "epoch")).not_to_have_text("0")
    page.get_by_role("button", name="Pause").click()
    expect(part(page, "transport")).to_have_attribute("data-running", "false")
    paused = int(part(page, "epoch").inner_text())
    assert 0 < paused < 30
    part(page, "speed").select_option("full")
    page.get_by_role("button", name="Train", exact=True).click()
    reached(page, 30)
    resumed = numbers(page, "conv.weight"), numbers(page, "dense.weight")
    page.get_by_role("button", name="Reset to epoch 0").click()
    train(page, 30)
    np.testing.assert_array_equal(numbers(page, "conv.weight"), resumed[0])
    np.testing.assert_array_equal(numbers(page, "dense.weight"), resumed[1])


def test_step_is_one_epoch(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 30)
    for epoch in (1, 2):
        page.get_by_role("button", name="Step").click()
        reached(page, epoch)


def test_travelling_in_time_shows_that_epoch_for_the_present_drawing_without_a_request(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 6)
    train(page, 6)
    kernels = {6: numbers(page, "conv.weight")}
    page.get_by_role("button", name="Digit 3").click()
    settle(page)
    expect(page.locator(".reading").first).not_to_be_empty()
    page.wait_for_timeout(600)  # the drawing rests, and every epoch reads it
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for epoch in (0, 3, 6):
        go_to(page, epoch)
        kernels[epoch] = numbers(page, "conv.weight")
        check_everything_adds_up(page)
    assert not [url for url in asked if url.endswith("/forward")]
    assert not np.array_equal(kernels[0], kernels[3])
    assert not np.array_equal(kernels[3], kernels[6])


def test_training_from_an_earlier_epoch_branches_and_keeps_the_old_curve_in_grey(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 6)
    train(page, 6)
    go_to(page, 3)
    page.get_by_label("Learning rate").select_option("0.1")
    page.get_by_role("button", name="Branch").click()
    reached(page, 6)
    assert page.locator(".curve-line.previous").first.get_attribute("d")


def test_drawing_while_training_is_read_by_the_newest_network(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 60, "fast")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(part(page, "epoch")).not_to_have_text("0")
    page.get_by_role("button", name="Clear", exact=True).first.click()
    draw_with_mouse(page, (0, 1), (0, 3), (4, 3))
    reached(page, 60)
    assert numbers(page, "input")[2, 3] == 1
    check_everything_adds_up(page)


def test_own_examples_are_added_trained_on_and_counted_in_the_matrix(page: Page) -> None:
    opened(page)
    experiment(page, "8 and 2", 5)
    training_set = page.get_by_role("region", name="Training set")
    expect(training_set.locator(".tray li")).to_have_count(2)
    page.get_by_role("button", name="Clear", exact=True).first.click()
    draw_with_mouse(page, (0, 2), (4, 2))
    part(page, "label").select_option("1")
    page.get_by_role("button", name="Add to training set").click()
    expect(training_set.locator(".tray li")).to_have_count(3)
    train(page, 5)
    ones = page.locator(".confusion-cell").locator("nth=10").or_(page.locator(".confusion-cell").first)
    labels = page.eval_on_selector_all(".confusion-cell", "cells => cells.map(c => c.getAttribute('aria-label'))")
    counts = [int(label.split(" ")[0]) for label in labels if " label 1 " in label]
    assert sum(counts) == 1
    expect(ones.first).to_be_visible()
    training_set.locator(".tray button").last.click()
    page.get_by_role("button", name="Remove from the set").click()
    expect(training_set.locator(".tray li")).to_have_count(2)


def test_a_set_is_asked_about_by_name_until_it_is_changed_or_kept(page: Page) -> None:
    asked: list[Any] = []

    def on_request(request: Request) -> None:
        if request.url.endswith("/evaluate"):
            asked.append(json.loads(request.post_data or "")["examples"])

    page.on("request", on_request)
    opened(page)
    page.wait_for_timeout(700)
    assert len(asked) == 2
    assert all(set(examples) == {"dataset", "split", "limit"} for examples in asked)
    known = asked[0]["limit"]
    asked.clear()
    draw_with_mouse(page, (0, 0))
    page.get_by_role("button", name="Add to training set").click()
    settle(page)
    page.wait_for_timeout(700)
    assert [len(examples) for examples in asked] == [known + 1]
    asked.clear()
    page.reload()
    settle(page)
    page.wait_for_timeout(700)
    # the server may be another version's by now, with other examples under that name
    assert asked
    assert all(isinstance(examples, list) for examples in asked)


def test_a_cell_of_the_matrix_shows_its_examples(page: Page) -> None:
    opened(page)
    filled = page.locator(".confusion-cell:enabled").first
    expect(filled).to_be_visible()
    count = int((filled.get_attribute("aria-label") or "").split(" ")[0])
    filled.click()
    training_set = page.get_by_role("region", name="Training set")
    expect(training_set.locator(".tray li")).to_have_count(min(count, 120))
    training_set.get_by_role("button", name="Show all").click()
    expect(training_set.locator(".tray li")).not_to_have_count(count)


def test_after_a_reload_everything_is_as_it_was(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 5)
    draw_with_mouse(page, (0, 0))
    train(page, 5)
    go_to(page, 4)
    seen = {stage: numbers(page, stage) for stage in ("input", "conv.weight", "dense.weight", "probabilities")}
    page.wait_for_timeout(700)
    page.reload()
    settle(page)
    for stage, array in seen.items():
        np.testing.assert_array_equal(numbers(page, stage), array)
    expect(part(page, "epoch")).to_have_text("4")
    go_to(page, 5)
    expect(page.get_by_label("Experiment")).to_have_value("ten-digits")


def test_two_tabs_of_one_browser_keep_the_work_of_the_one_that_changed_last(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 5)
    train(page, 5)
    page.wait_for_timeout(700)
    other = page.context.new_page()
    other.goto(page.url)
    settle(other)
    other.get_by_role("button", name="Step", exact=True).click()
    expect(part(other, "epoch")).to_have_text("6")
    settle(other)
    other.wait_for_timeout(700)
    draw_with_mouse(page, (0, 0))
    settle(page)
    page.wait_for_timeout(700)
    drawn = numbers(page, "input")
    third = page.context.new_page()
    third.goto(page.url.partition("#")[0])
    settle(third)
    expect(part(third, "epoch")).to_have_text("5")
    np.testing.assert_array_equal(numbers(third, "input"), drawn)


def test_a_diverging_run_ends_with_a_diagnosis_and_a_way_back(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 20)
    page.get_by_label("Optimizer").select_option("sgd")
    page.get_by_label("Learning rate").select_option("1000")
    page.get_by_role("button", name="Train", exact=True).click()
    notice = page.get_by_text("Training diverged")
    expect(notice).to_be_visible(timeout=LONG)
    assert "NaN" not in page.locator("[data-part=network]").inner_text()
    page.get_by_role("button", name="Back to epoch").click()
    expect(notice).to_be_hidden()
    expect(page.get_by_label("Learning rate")).to_have_value("0.01")
    check_everything_adds_up(page)


def test_a_frozen_filter_keeps_its_kernel_while_the_others_learn(page: Page) -> None:
    opened(page)
    experiment(page, "Ten digits", 4)
    page.get_by_role("button", name="Filter A learns").click()
    before = numbers(page, "conv.weight")
    train(page, 4)
    after = numbers(page, "conv.weight")
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_backward_shows_probabilities_minus_label_at_the_logits_and_slopes_everywhere(page: Page) -> None:
    opened(page)
    probabilities = numbers(page, "probabilities")
    page.get_by_role("tab", name="Backward").click()
    settle(page)
    slopes = numbers(page, "gradient.logits")
    np.testing.assert_allclose(slopes, probabilities - np.eye(10)[8], atol=1e-12)
    np.testing.assert_allclose(numbers(page, "gradient.dense.bias"), slopes, atol=1e-12)
    assert numbers(page, "gradient.conv.weight").shape == numbers(page, "gradient.conv.weight").shape
    page.get_by_role("tab", name="Forward").click()
    settle(page)
    np.testing.assert_array_equal(numbers(page, "probabilities"), probabilities)


@pytest.mark.offline
def test_a_server_that_dies_while_training_costs_no_epoch_and_changes_no_number(
    new_page: NewPage, make_server: MakeServer
) -> None:
    mine = make_server()
    page = opened(new_page(of=mine))
    experiment(page, "Ten digits", 40, "fast")
    train(page, 40)
    undisturbed = numbers(page, "dense.weight")
    page.get_by_role("button", name="Reset to epoch 0").click()
    experiment_speed = part(page, "speed")
    experiment_speed.select_option("steady")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(part(page, "epoch")).not_to_have_text("0")
    mine.kill()
    mine.start()
    experiment_speed.select_option("full")
    reached(page, 40)
    np.testing.assert_array_equal(numbers(page, "dense.weight"), undisturbed)


def test_the_remedy_for_an_empty_drawing_draws_one(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Clear", exact=True).first.click()
    page.get_by_role("button", name="Draw a 8").click()
    settle(page)
    assert numbers(page, "input").sum() > 0
    assert cell(page, "input[0][1]").inner_text() == "1"
