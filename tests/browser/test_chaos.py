"""The page behind nginx and three replicas: they die under it, and it serves from a path prefix too."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.browser.conftest import NewPage
from tests.browser.oracle import check_everything_adds_up
from tests.browser.reading import opened, settle
from tests.browser.test_learning import experiment, part, reached, train
from tests.conftest import MakeServer, Server
from tests.proxy import PREFIX, SERVED_BY, MakeProxy, port_served_by

TRAIN = "/api/v1/train"
EPOCHS = 100
KILLED_AT = (20, 50)


def kept_run(page: Page) -> list[dict[str, Any]]:
    """Every epoch that the page has, unrounded, as it keeps them in the browser when a run has ended."""
    kept = page.wait_for_function(
        "epochs => { const { run } = JSON.parse(localStorage.getItem('fivebyfive.run') ?? '{}');"
        " return run?.length === epochs + 1 && run; }",
        arg=EPOCHS,
    )
    run: list[dict[str, Any]] = kept.json_value()
    return run[1:]


@pytest.mark.offline
def test_replicas_killed_under_a_training_cost_no_epoch_and_change_no_bit(
    new_page: NewPage, make_server: MakeServer, make_proxy: MakeProxy
) -> None:
    by_port = {replica.port: replica for replica in (make_server() for _ in range(3))}
    proxy = make_proxy(*by_port.values())
    page = opened(new_page(of=proxy))
    experiment(page, "Ten digits", EPOCHS)
    part(page, "batch").select_option("1")  # slow epochs, so that they are killed in the middle
    asked: list[dict[str, Any]] = []
    serving: list[Server] = []

    def on_request(request: Request) -> None:
        if request.url.endswith(TRAIN):
            asked.append(json.loads(request.post_data or ""))

    def on_response(response: Response) -> None:
        if response.url.endswith(TRAIN):
            serving.append(by_port[port_served_by(response.headers[SERVED_BY.lower()])])

    page.on("request", on_request)
    page.on("response", on_response)
    page.get_by_role("button", name="Train", exact=True).click()
    for kills, epoch in enumerate(KILLED_AT, start=1):
        page.wait_for_function(
            "epoch => Number(document.querySelector('[data-part=epoch]').innerText) >= epoch", arg=epoch
        )
        assert len(serving) == kills, "this run should still be the same stream"
        serving[-1].kill()
    reached(page, EPOCHS)

    assert len(set(serving)) == 3, "each stream should have come from another replica"
    begun = [body["first_epoch"] for body in asked]
    assert begun[0] == 1
    went_on = [first > killed for first, killed in zip(begun[1:], KILLED_AT, strict=True)]
    assert all(went_on), f"it should go on, not begin anew as at {begun}"
    undisturbed = httpx.post(serving[-1].url + TRAIN, json=asked[0], timeout=60).json()["epochs"]
    for ours, its in zip(kept_run(page), undisturbed, strict=True):
        assert (ours["epoch"], ours["loss"], ours["accuracy"]) == (its["epoch"], its["loss"], its["accuracy"])
        assert (ours["testLoss"], ours["parameters"]) == (its["test_loss"], its["parameters"])
    check_everything_adds_up(page)


def test_under_a_path_prefix_pages_files_calls_and_links_work(
    new_page: NewPage, make_server: MakeServer, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(make_server(environment={"FIVEBYFIVE_ROOT_PATH": PREFIX}), prefix=PREFIX)
    page = new_page(of=proxy)
    bad: list[str] = []
    page.on("response", lambda reply: bad.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
    page.on("request", lambda request: bad.append(request.url) if not request.url.startswith(proxy.url) else None)

    def at(path: str) -> None:
        expect(page).to_have_url(re.compile(re.escape(proxy.url + path) + "(#.*)?$"))

    page.goto(proxy.url)  # without its last slash
    at("/")
    settle(page)
    experiment(page, "Ten digits", 5)
    train(page, 5)
    check_everything_adds_up(page)
    links = page.get_by_role("navigation")
    links.get_by_role("link", name="Convolution").click()
    at("/convolution")
    settle(page)
    links.get_by_role("link", name="API").click()
    at("/docs")
    page.get_by_role("button", name="GET /version Get Version").click()
    with page.expect_response(f"{proxy.url}/version") as tried:
        page.get_by_role("button", name="Execute").click()
    assert tried.value.ok
    links.get_by_role("link", name="Playground").click()
    at("/")
    settle(page)
    assert bad == []
