"""Frames of the page while it trains, travels in time and plays the window; and how soon a number explains itself.

    .venv/bin/python benchmarks/frames.py [http://127.0.0.1:8000]

Debian's Chromium, headless, software rendering, 1440 x 900, on loopback. Times between animation frames in
milliseconds; a screen of 60 frames a second has 16.7. "over 20" counts frames that missed one.
"""

import statistics
import sys
import time

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
WATCH = """(() => {
  window.frameTimes = []; let last = 0;
  const tick = (now) => { if (last) frameTimes.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
})()"""
RUNNING = "document.querySelector('[data-part=transport]').dataset.running"
SELECT_ALL = """async () => {
  const panel = document.querySelector('[data-part=explain]');
  const names = ['conv[0][1][1]', 'relu[0][2][2]', 'pool[0][0][0]', 'conv.weight[0][0][1][1]', 'flatten[3]',
    'dense.weight[3][8]', 'logits[8]', 'probabilities[8]', 'conv[1][1][1]', 'relu[1][2][2]', 'pool[2][0][0]',
    'conv[2][0][0]', 'dense.weight[20][1]'];
  const times = [];
  for (let round = 0; round < 5; round++) for (const name of names) {
    const start = performance.now();
    document.querySelector(`[data-part=network] [data-cell="${name}"]`).click();
    while (panel.dataset.cellExplained !== name) await new Promise((done) => setTimeout(done));
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - start);
  }
  return times;
}"""


def report(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    p95 = ordered[int(0.95 * len(ordered))]
    late = sum(t > 20 for t in times)
    print(
        f"{name:44} frames {len(times):5}  mean {statistics.mean(times):6.1f}  p50 {statistics.median(times):6.1f}"
        f"  p95 {p95:6.1f}  max {ordered[-1]:6.1f}  over 20: {late}"
    )


def frames(page: Page) -> list[float]:
    times: list[float] = page.evaluate("frameTimes.splice(0)")
    return times


def run(page: Page, experiment: str, speed: str) -> None:
    page.select_option("[data-part=experiment]", experiment)
    page.wait_for_timeout(1000)
    page.select_option("[data-part=speed]", speed)
    frames(page)
    start = time.perf_counter()
    page.click("[data-part=train]")
    page.wait_for_function(f"{RUNNING} === 'true'")
    page.wait_for_function(f"{RUNNING} === 'false'", timeout=120_000)
    seconds = time.perf_counter() - start
    times = frames(page)
    said = page.inner_text("[data-part=curve-readout]")
    report(f"{experiment}, speed {speed}", times)
    print(f"{'':4}{seconds:.2f} s from the press of Train; {said}")


def scrub(page: Page) -> None:
    page.wait_for_timeout(1500)
    box = page.locator("[data-part=epoch-slider]").bounding_box()
    assert box is not None
    left, right, y = box["x"] + 8, box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    page.mouse.move(right, y)
    page.mouse.down()
    frames(page)
    for i in range(120):
        page.mouse.move(right - i * (right - left) / 120, y)
    page.mouse.up()
    report("scrubbing through the run", frames(page))


def play(page: Page) -> None:
    page.click('[data-part=network] [data-cell="conv[0][0][0]"]')
    page.wait_for_timeout(500)
    page.get_by_label("Slide the window: speed").select_option("8")
    frames(page)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(2500)
    report("playing the window at 8x", frames(page))


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        # a strict Content-Security-Policy would refuse the conditions that Playwright evaluates
        page = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True).new_page()
        page.add_init_script(WATCH)
        page.goto(url)
        page.wait_for_timeout(1000)
        frames(page)
        page.wait_for_timeout(1000)
        report("idle", frames(page))
        times: list[float] = page.evaluate(SELECT_ALL)
        print(f"selecting until explained: median {statistics.median(times):.1f} ms, max {max(times):.1f} ms")
        play(page)
        for experiment in ("ten-digits", "real-handwriting"):
            for speed in ("fast", "full"):
                run(page, experiment, speed)
            scrub(page)
        browser.close()


if __name__ == "__main__":
    main()
