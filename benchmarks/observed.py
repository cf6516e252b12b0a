"""Requests that are posted one after the other to a server, each observed: memory, the event loop's time, what is left.

A server of its own runs on loopback. Beside the requests a light client, in a process of its own, asks for /healthz
again and again: how long it waits is how long the event loop was blocked.
"""

import argparse
import http.client
import json
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.servers import fivebyfive

MEGABYTE = 1024 * 1024
MOST_GROWTH, MOST_LEFT, MOST_MS = 64 * MEGABYTE, 20 * MEGABYTE, 50
WARM_UP = 200
"""Requests that fill the caches of the server and of its allocator."""
PATIENCE = 5.0
"""Seconds after which a client gives up; its request counts as status 0."""


class Posted(NamedTuple):
    """A request to POST."""

    call: str
    about: str
    body: bytes
    accept: str = "application/json"


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

    def loop_seconds(self) -> float:
        """Processor time that the thread of the event loop has taken, which other processes do not lengthen."""
        return int((self._folder / "task" / self._folder.name / "schedstat").read_text().split()[0]) / 1e9

    def _of(self, name: str) -> int:
        [kilobytes] = re.findall(rf"^{name}:\s+(\d+) kB", (self._folder / "status").read_text(), re.MULTILINE)
        return int(kilobytes) * 1024


class LightClient(multiprocessing.Process):
    """Asks for /healthz; `slowest_ms` is how long a response took at most since it was last read."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._slowest = multiprocessing.Value("d")

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        while True:
            start = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            with self._slowest:
                self._slowest.value = max(self._slowest.value, time.perf_counter() - start)
            time.sleep(0.002)

    def slowest_ms(self) -> float:
        with self._slowest:
            slowest, self._slowest.value = self._slowest.value, 0.0
        return slowest * 1e3


def observe(about: str, requests_of: Callable[[int], Iterator[Posted]]) -> int:
    """Post requests and print the worst of them; return 1 if one did what none may, else 0.

    Parameters
    ----------
    about
        Description for the command line, which gives their number and their seed.
    requests_of
        Makes an endless iterator of requests from a seed.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="a folder for the bodies that did what none may")
    options = parser.parse_args()
    statuses: Counter[int] = Counter()
    grown: list[tuple[float, str]] = []
    waited: list[tuple[float, str]] = []
    worked: list[tuple[float, str]] = []
    took: list[tuple[float, str]] = []
    with fivebyfive() as server:
        process, light = Process(server.process.pid), LightClient(server.port)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        light.start()
        first = 0
        for number, posted in enumerate(islice(requests_of(options.seed), WARM_UP + options.count)):
            if number == WARM_UP:
                first = process.resident()
            before = process.resident()
            process.forget_peak()
            light.slowest_ms()
            loop = process.loop_seconds()
            start = time.perf_counter()
            status, length = _post(connection, posted, start + PATIENCE)
            seconds = time.perf_counter() - start
            time.sleep(0.004 if status else 0.5)
            what = f"#{number} {status} {posted.call} {posted.about}"
            statuses[status] += 1
            grown.append((process.peak() - before - len(posted.body) - length, what))
            waited.append((light.slowest_ms(), what))
            worked.append(((process.loop_seconds() - loop) * 1e3, what))
            took.append((seconds * 1e3, what))
            if status >= 500 or grown[-1][0] > MOST_GROWTH or waited[-1][0] > MOST_MS:
                print(f"  {grown[-1][0] / MEGABYTE:.1f} MB, {waited[-1][0]:.1f} ms  {what}", flush=True)
                if options.keep:
                    (options.keep / f"{options.seed}-{number}-{posted.call}.json").write_bytes(posted.body)
        time.sleep(1)
        left = process.resident() - first
        light.terminate()
    print(f"statuses {json.dumps(statuses)}")
    for title, rows, unit in (
        ("memory, MB", grown, MEGABYTE),
        ("/healthz, ms", waited, 1),
        ("processor time of the event loop's thread, ms", worked, 1),
        ("request, ms", took, 1),
    ):
        print(title)
        for value, what in sorted(rows, reverse=True)[: options.show]:
            print(f"  {value / unit:8.1f}  {what}")
    print(f"left at the end {left / MEGABYTE:.1f} MB")
    failed = any(status >= 500 for status in statuses)
    return int(failed or max(grown)[0] > MOST_GROWTH or max(waited)[0] > MOST_MS or left > MOST_LEFT)


def _post(connection: http.client.HTTPConnection, posted: Posted, end: float) -> tuple[int, int]:
    """Return the status and the length of the response, or 0 and what came of it until the client gave up."""
    headers = {"Content-Type": "application/json", "Accept": posted.accept}
    length = 0
    try:
        connection.request("POST", f"/api/v1/{posted.call}", posted.body, headers)
        response = connection.getresponse()
        while part := response.read1():
            length += len(part)
            if time.perf_counter() > end:
                raise TimeoutError
        response.close()  # read1 does not, at the end of a body of known length
        return response.status, length
    except TimeoutError:
        connection.close()
        return 0, length
