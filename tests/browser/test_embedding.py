"""The page in a frame of another site: shown where FIVEBYFIVE_FRAME_ANCESTORS allows it, and nowhere else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Frame, expect

from tests.conftest import MakeServer, Server


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A site of another name that shows in a frame what its query says."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = self.path.partition("?")[2]
            body = f"<!doctype html><iframe src='{address}' width=1200 height=800></iframe>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_port}"
        site.shutdown()


def framed(browser: Browser, site: str, server: Server) -> Frame:
    page = browser.new_page()
    page.goto(f"{site}/?{server.url}/")
    return page.frames[1]


def test_a_site_that_is_named_shows_the_page_and_it_works(
    browser: Browser, make_server: MakeServer, elsewhere: str
) -> None:
    server = make_server(environment={"FIVEBYFIVE_FRAME_ANCESTORS": f"'self', {elsewhere}"})
    frame = framed(browser, elsewhere, server)
    expect(frame.locator("html")).to_have_attribute("data-settled", "true")
    before = frame.locator('[data-cell="probabilities[1]"]').first.get_attribute("data-value")
    frame.locator('[data-cell="input[0][0]"]').first.click()
    expect(frame.locator('[data-cell="probabilities[1]"]').first).not_to_have_attribute("data-value", before or "")
    frame.page.close()


def test_any_other_site_does_not(browser: Browser, server: Server, elsewhere: str) -> None:
    frame = framed(browser, elsewhere, server)
    assert "Five by Five" not in frame.content()
    assert frame.url.startswith("chrome-error:")
    frame.page.close()
