"""How soon the page answers: from a press on a cell to the new probabilities painted, and long tasks in a scribble.

    .venv/bin/python benchmarks/latency.py [URL] [--presses 4] [--scribble 5] [--slow-down 1]

Without URL it starts a server of its own on loopback. A press's clock is its event's own time stamp. It stops in the
frame after the one in which `data-settled` turned "true" again: then the browser has handed over the picture of the new
probabilities. Exits with 1 when the median is 50 ms or more, or the scribble had a task of over 50 ms.
"""

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

MEDIAN_LIMIT_MS = 50
CELLS = '[data-cell^="input["]'
OUTPUT = '[data-cell="probabilities[8]"]'
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]

# Runs before any script of the page.
PROBE = """
(() => {
  const probe = (window.fivebyfiveProbe = { latencies: [], longTasks: [], frames: [] });
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) probe.longTasks.push(Math.round(task.duration));
  }).observe({ type: 'longtask' });
  let pressed = 0;
  addEventListener('pointerdown', (event) => { pressed = event.timeStamp; }, { capture: true });
  probe.watch = (selector) => {
    const output = document.querySelector(selector);
    let before = output.dataset.value;
    new MutationObserver(() => {
      if (!pressed || document.documentElement.dataset.settled !== 'true') return;
      const start = pressed;
      const entry = { drawn: performance.now() - start, different: output.dataset.value !== before };
      pressed = 0;
      before = output.dataset.value;
      requestAnimationFrame(() => {
        const channel = new MessageChannel(); // its task runs after the frame's picture was handed over
        channel.port1.onmessage = () => probe.latencies.push({ ...entry, painted: performance.now() - start });
        channel.port2.postMessage(null);
      });
    }).observe(document.documentElement, { attributes: true, attributeFilter: ['data-settled'] });
  };
  let last = 0;
  const frame = (now) => {
    if (last) probe.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})();
"""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("url", nargs="?", help="a running server; without it, one is started")
    arguments.add_argument("--presses", type=int, default=4, help="presses of each of the 25 cells")
    arguments.add_argument("--scribble", type=float, default=5.0, help="seconds of dragging over the grid")
    arguments.add_argument("--slow-down", type=float, default=1.0, help="CPU slow-down; 4 is about a mid-range phone")
    chosen = arguments.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print(
            "latency.py: no Chromium; install Debian's package chromium, or set CHROMIUM=/path/to/it", file=sys.stderr
        )
        return 2
    with serving(chosen.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(PROBE)
        page = context.new_page()
        if chosen.slow_down != 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": chosen.slow_down})
        page.goto(url)
        settle(page)
        centres = centres_of_cells(page)
        page.evaluate("selector => fivebyfiveProbe.watch(selector)", OUTPUT)
        # Once unmeasured: the first press loads and compiles what the later ones use again.
        press_every_cell(page, centres, 1)
        latencies = press_every_cell(page, centres, chosen.presses)
        changed = sum(x["different"] for x in latencies)
        frames, long_tasks = scribble(page, centres, chosen.scribble)
        result = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "browser": browser.version,
            "slow_down": chosen.slow_down,
            "presses": {"answered": len(latencies), "with_another_probability": changed},
            "press_to_probabilities_ms": {name: summary([x[name] for x in latencies]) for name in ("drawn", "painted")},
            "scribble": {
                "seconds": chosen.scribble,
                "frames": len(frames),
                "frame_ms": summary(frames),
                "long_tasks_ms": long_tasks,
            },
        }
        browser.close()
    print(json.dumps(result, indent=2))
    if len(latencies) < 25 * chosen.presses or changed * 2 < len(latencies):
        print(f"FAILED: of {25 * chosen.presses} presses {len(latencies)} were answered", file=sys.stderr)
        return 1
    median = statistics.median(x["painted"] for x in latencies)
    if median >= MEDIAN_LIMIT_MS or long_tasks:
        print(f"FAILED: median {median:.1f} ms (limit {MEDIAN_LIMIT_MS}), long tasks {long_tasks}", file=sys.stderr)
        return 1
    return 0


def centres_of_cells(page: Page) -> list[tuple[float, float]]:
    cells = page.locator(CELLS)
    boxes = [cells.nth(i).bounding_box() for i in range(cells.count())]
    assert len(boxes) == 25, f"{len(boxes)} cells instead of 25"
    return [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]


def press_every_cell(page: Page, centres: list[tuple[float, float]], times: int) -> list[dict[str, float]]:
    """Press each cell; every second round undoes the one before, so that the digit stays one."""
    page.evaluate("fivebyfiveProbe.latencies.length = 0")
    for _ in range(times):
        for x, y in centres:
            page.mouse.click(x, y)
            settle(page)
            page.wait_for_timeout(40)
    return list(page.evaluate("fivebyfiveProbe.latencies"))


def scribble(page: Page, centres: list[tuple[float, float]], seconds: float) -> tuple[list[float], list[float]]:
    """Drag over the whole grid, up and down, for so long; the frame intervals and the long tasks meanwhile."""
    page.evaluate("fivebyfiveProbe.longTasks.length = fivebyfiveProbe.frames.length = 0")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.mouse.move(*centres[0])
        page.mouse.down()
        for x, y in centres[1:]:
            page.mouse.move(x, y, steps=4)
            if time.monotonic() > until:
                break
        page.mouse.up()
    frames = page.evaluate("fivebyfiveProbe.frames.slice()")
    settle(page)
    page.wait_for_timeout(200)
    return frames, page.evaluate("fivebyfiveProbe.longTasks")


def settle(page: Page) -> None:
    page.wait_for_selector('html[data-settled="true"]', state="attached")


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {"n": 0}
    quantile = {"median": 0.5, "p95": 0.95, "p99": 0.99}
    return {"n": len(ordered)} | {
        name: round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 1) for name, q in quantile.items()
    } | {"max": round(ordered[-1], 1)}  # fmt: skip


@contextmanager
def serving(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}healthz", timeout=1).close()
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    sys.exit(main())
