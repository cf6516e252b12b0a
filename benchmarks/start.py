"""From the start of the process to its first answer; and what the first view of the page weighs.

    .venv/bin/python benchmarks/start.py [--starts 7]

The clock begins before the process is made and ends with the first reply of /healthz, which is asked for every 5 ms.
The page is loaded by Chromium with an empty cache: every byte that comes over the line counts, heads and compression
included. Then it is loaded again: what has a version in its path may not be asked for a second time. Ends with 1 if the
median start takes 1.5 s, the page weighs 150 KB, or such a file is not to be kept for ever.
"""

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.servers import ROOT, fivebyfive, free_port

START_LIMIT_S, PAGE_LIMIT_BYTES = 1.5, 150_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
VERSIONED = re.compile(r"/static/[0-9a-f]{8,}/")


@contextmanager
def started() -> Iterator[float]:
    """A server of its own for the block, and how many seconds it took to answer."""
    port = free_port()
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", str(port), "--log-level", "warning"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            if process.poll() is not None or time.perf_counter() - begin > 30:
                raise SystemExit("the server did not start")
            time.sleep(0.005)
        yield time.perf_counter() - begin
    finally:
        process.terminate()
        process.wait(15)


def answers(port: int) -> bool:
    """Whether /healthz is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure_start(starts: int) -> bool:
    """Print how long starts take; whether the goal is met."""
    times = []
    for _ in range(starts):
        with started() as seconds:
            times.append(seconds)
    median = statistics.median(times)
    met = median < START_LIMIT_S
    print(
        f"start to first answer: median {median:.2f} s, {min(times):.2f} to {max(times):.2f} s in {starts} starts; "
        f"goal under {START_LIMIT_S:g} s: {'met' if met else 'MISSED'}"
    )
    return met


def weigh_page() -> bool:
    """Print what the first view loads; whether the goals are met."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("skipped: the page (no Chromium; install Debian's package chromium, or set CHROMIUM=/path/to/it)")
        return True
    from playwright.sync_api import sync_playwright

    with fivebyfive() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        replies = Replies(server.url)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.responseReceived", replies.on_head)
        devtools.on("Network.loadingFinished", replies.on_end)
        load(page, server.url)
        first, replies.sizes = replies.sizes, {}
        load(page, server.url)
        again = [path for path, size in replies.sizes.items() if size and VERSIONED.search(path)]
        browser.close()
    return report(replies, first, again)


class Replies:
    """What the browser's network log says of each reply."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._paths: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        """Bytes over the line by path; none for what came from the cache."""
        self.kinds: dict[str, str] = {}
        self.kept: dict[str, str] = {}

    def on_head(self, event: dict[str, Any]) -> None:
        reply = event["response"]
        path = self._paths[event["requestId"]] = reply["url"].removeprefix(self._url)
        headers = {name.lower(): value for name, value in reply["headers"].items()}
        self.kinds[path] = event["type"]
        self.kept[path] = headers.get("cache-control", "")

    def on_end(self, event: dict[str, Any]) -> None:
        path = self._paths[event["requestId"]]
        self.sizes[path] = self.sizes.get(path, 0) + int(event["encodedDataLength"])


def load(page: Any, url: str) -> None:
    """Open the page and wait until its first view has settled, and a moment more for what it loads last."""
    page.goto(url)
    page.wait_for_selector('html[data-settled="true"]', state="attached")
    page.wait_for_timeout(1500)


def report(replies: Replies, sizes: dict[str, int], again: list[str]) -> bool:
    """Print the weight by kind; whether the goals are met."""
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for path, size in sizes.items():
        by_kind[replies.kinds[path]].append(size)
    total = sum(sizes.values())
    for kind, of_kind in sorted(by_kind.items(), key=lambda item: -sum(item[1])):
        print(f"  {kind:<12}{len(of_kind):4} addresses{sum(of_kind):10,} bytes")
    static = [path for path in sizes if path.startswith("/static/")]
    wrong = [path for path in static if not VERSIONED.search(path) or "immutable" not in replies.kept[path]]
    light, kept = total < PAGE_LIMIT_BYTES, not wrong and not again
    print(f"first view: {total:,} bytes; goal under {PAGE_LIMIT_BYTES:,}: {'met' if light else 'MISSED'}")
    print(
        f"{len(static)} static files, each with a version in its path and kept for ever: {'met' if kept else 'MISSED'}"
        + "".join(f"\n  not so: {path}" for path in wrong)
        + "".join(f"\n  asked for again: {path}" for path in again)
    )
    return light and kept


def main() -> int:
    """Print both; 1 if a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--starts", type=int, default=7)
    chosen = arguments.parse_args()
    quick = measure_start(chosen.starts)
    return int(not (weigh_page() and quick))


if __name__ == "__main__":
    sys.exit(main())
