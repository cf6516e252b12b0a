"""What bodies that do not validate cost a server: memory, the event loop's time, and what is left afterwards.

    .venv/bin/python benchmarks/invalid_bodies.py [--count 5000] [--seed 0]

It starts a server of its own on loopback and posts bodies of up to 4 MB to every call, one after the other: every
field filled with lists, objects, numbers and strings that do not belong there (`tests/api/invalid_bodies.py`). Beside
them a light client asks for /healthz again and again. Exits with 1 if a response is a 5xx, if a request grows the
process by more than 64 MB beyond its body and response, if /healthz takes more than 50 ms, or if more than 20 MB are
left at the end.
"""

import argparse
import http.client
import re
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.servers import fivebyfive  # noqa: E402
from tests.api.invalid_bodies import invalid_bodies  # noqa: E402

MEGABYTE = 1024 * 1024
MOST_GROWTH, MOST_LEFT, MOST_MS = 64 * MEGABYTE, 20 * MEGABYTE, 50
WARM_UP = 50


class Process:
    """Memory of a process, as Linux counts it."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def resident(self) -> int:
        return self._of("VmRSS")

    def peak(self) -> int:
        """The most since `forget_peak`."""
        return self._of("VmHWM")

    def forget_peak(self) -> None:
        (self._folder / "clear_refs").write_text("5")

    def _of(self, name: str) -> int:
        [kilobytes] = re.findall(rf"^{name}:\s+(\d+) kB", (self._folder / "status").read_text(), re.MULTILINE)
        return int(kilobytes) * 1024


class LightClient(threading.Thread):
    """Asks for /healthz; `slowest` is how long a response took at most since it was last read."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._slowest = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        while not self.over.is_set():
            start = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            self._slowest = max(self._slowest, time.perf_counter() - start)
            time.sleep(0.002)

    def slowest_ms(self) -> float:
        slowest, self._slowest = self._slowest, 0.0
        return slowest * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description="Post bodies that do not validate, and measure.")
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=8)
    options = parser.parse_args()
    statuses: Counter[int] = Counter()
    grown: list[tuple[float, str]] = []
    waited: list[tuple[float, str]] = []
    took: list[tuple[float, str]] = []
    with fivebyfive() as server:
        process, light = Process(server.process.pid), LightClient(server.port)
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        light.start()
        first = 0
        for number, (call, about, body) in enumerate(invalid_bodies(options.seed, WARM_UP + options.count)):
            if number == WARM_UP:
                first = process.resident()
            before = process.resident()
            process.forget_peak()
            light.slowest_ms()
            start = time.perf_counter()
            connection.request("POST", f"/api/v1/{call}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            reply = response.read()
            seconds = time.perf_counter() - start
            time.sleep(0.004)
            what = f"{response.status} {call} {about}"
            statuses[response.status] += 1
            grown.append((process.peak() - before - len(body) - len(reply), what))
            waited.append((light.slowest_ms(), what))
            took.append((seconds * 1e3, what))
        time.sleep(1)
        left = process.resident() - first
        light.over.set()
    worst_growth, worst_wait = max(grown)[0], max(waited)[0]
    print(f"statuses {dict(statuses)}")
    for title, rows, unit in (("memory, MB", grown, MEGABYTE), ("/healthz, ms", waited, 1), ("request, ms", took, 1)):
        print(title)
        for value, what in sorted(rows, reverse=True)[: options.show]:
            print(f"  {value / unit:8.1f}  {what}")
    print(f"left at the end {left / MEGABYTE:.1f} MB")
    failed = any(status >= 500 for status in statuses)
    return int(failed or worst_growth > MOST_GROWTH or worst_wait > MOST_MS or left > MOST_LEFT)


if __name__ == "__main__":
    sys.exit(main())
