"""Playwright on the machine's own Chromium, and a watch over every page that a test opens.

A test takes `page` (1440x900), `touch_page` (390x844, a finger) or `new_page` (any options of a Playwright context,
and ``of=other_server``). Whichever it takes, it fails when a page logs an error, throws, or asks another host for
something. Two marks say that a test provokes errors on purpose: `offline` (the server goes away) and `refusals` (the
server answers 4xx).
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.proxy import make_proxy as make_proxy  # a fixture

TIMEOUT_MS = 10_000
RESULTS = Path(__file__).resolve().parents[2] / "test-results"
FLAGS = [
    "--no-sandbox",  # tests run as root in containers, where Chromium's sandbox cannot start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class HasUrl(Protocol):
    url: str


NewPage = Callable[..., Page]
PROBLEMS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail(
            "no Chromium: install one (Debian: apt-get install chromium) or set CHROMIUM=/path/to/it; see scripts/test"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, server: HasUrl, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    contexts: list[BrowserContext] = []
    problems = request.node.stash.setdefault(PROBLEMS, [])

    def open_page(*, of: HasUrl = server, width: int = 1440, height: int = 900, **options: Any) -> Page:
        options.setdefault("viewport", {"width": width, "height": height})
        context = browser.new_context(base_url=of.url, **options)
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        _watch(context, of.url, problems, request.node)
        return context.new_page()

    yield open_page
    _keep_pictures(contexts, request.node)
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def touch_page(new_page: NewPage) -> Page:
    return new_page(width=390, height=844, device_scale_factor=2, is_mobile=True, has_touch=True)


@pytest.fixture(autouse=True)
def no_page_may_complain(request: pytest.FixtureRequest) -> Iterator[None]:
    request.node.stash[PROBLEMS] = []
    yield
    problems = request.node.stash[PROBLEMS]
    assert not problems, "the page complained:\n" + "\n".join(problems)


def _watch(context: BrowserContext, origin: str, problems: list[str], node: pytest.Item) -> None:
    expected = [r"net::ERR_ABORTED"]  # a fetch that the page itself gave up, for a newer one
    if node.get_closest_marker("offline"):
        expected.append(r"net::ERR_")
    if node.get_closest_marker("refusals"):
        expected.append(r"responded with a status of 4\d\d")

    def note(kind: str, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in expected):
            problems.append(f"{kind}: {text}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note("console error", f"{message.text} ({message.location.get('url', '')})")

    def on_request(asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(origin).netloc:
            problems.append(f"request to another host: {asked.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: problems.append(f"page error: {error.error}"))
    context.on("request", on_request)
    context.on("requestfailed", lambda asked: note("request failed", f"{asked.url}: {asked.failure}"))


def _keep_pictures(contexts: list[BrowserContext], node: pytest.Item) -> None:
    """What the pages of a failed test looked like, for whoever has to find out why."""
    if not node.stash.get(FAILED, False):
        return
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_]+", "-", node.name)
    for c, context in enumerate(contexts):
        for p, page in enumerate(context.pages):
            page.screenshot(path=RESULTS / f"{name}-{c}-{p}.png")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report
