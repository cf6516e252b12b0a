"""How a server behaves that is asked for ten times what it has places for: who is refused, how soon, and who is not.

    .venv/bin/python benchmarks/overload.py [--seconds 15] [--workers 1] [--times 10]

It starts a server of its own on loopback with the usual settings and floods it: `times` as many connections ask for
costly work (convolutions of 512×512, /backward with check, whole trainings) as may be done and wait, each again as
soon as it has a reply, or after the Retry-After of a refusal. Meanwhile another process asks for /healthz and sends a
drawing to /forward, as learners do, 20 times a second each. Exits with 1 when the 99th percentile of the refusals is
50 ms or more, that of /healthz 100 ms or more, or anything else than 200 and 503 came back.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import platform
import random
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.settings import Settings  # noqa: E402
from tests.api.bodies import EIGHT, forward, long_training, network  # noqa: E402

REFUSAL_LIMIT_MS, HEALTH_LIMIT_MS = 50, 100
PROBES_A_SECOND = 50
PATIENCE_SECONDS = 2.0

Request = tuple[str, str, bytes, dict[str, str]]


def bodies() -> dict[str, tuple[str, bytes]]:
    """What the flood asks for: path and body by kind."""
    draw = random.Random(0)  # noqa: S311 - any numbers will do
    image = [[draw.randrange(256) for _ in range(512)] for _ in range(512)]
    convolution = {"type": "conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}
    checked = network(convolution, {"type": "flatten"}, {"type": "dense", "out_features": 10})
    asked: dict[str, tuple[str, Any]] = {
        "convolve": ("/api/v1/convolve", {"input": image, "kernel": [[1.0] * 5] * 5}),
        "backward": ("/api/v1/backward", {"network": checked, "seed": 0, "image": EIGHT, "label": 8, "check": True}),
        "train": ("/api/v1/train", long_training(epochs=300, snapshot_every=300)),
    }
    return {kind: (path, json.dumps(body).encode()) for kind, (path, body) in asked.items()}


def flood(port: int, connections: dict[str, int], seconds: float, told: Any) -> None:
    """Ask for costly work over many connections; into the queue `told`, the statuses of each kind.

    As these clients stand for others' machines, they give way to the server where there are too few cores.
    """
    os.nice(10)
    told.put(asyncio.run(_flood(port, connections, seconds)))


async def _flood(port: int, connections: dict[str, int], seconds: float) -> dict[str, Counter[int]]:
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    end = time.monotonic() + seconds

    async def ask(kind: str, path: str, body: bytes) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: five\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < end:
            writer.write(f"{head}\r\n\r\n".encode() + body)
            reply = await reader.readuntil(b"\r\n\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in reply.split(b"\r\n")[1:-2])
            await reader.readexactly(int(headers[b"content-length"]))
            status = int(reply[9:12])
            statuses[kind][status] += 1
            if status == 503:
                await asyncio.sleep(float(headers[b"retry-after"]) * random.uniform(1, 2))  # noqa: S311
        writer.close()

    tasks = [
        asyncio.create_task(ask(kind, *asked)) for kind, asked in bodies().items() for _ in range(connections[kind])
    ]
    await asyncio.wait(tasks, timeout=seconds + 1)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    return statuses


def probe(port: int, seconds: float, requests: dict[str, Request], told: Any) -> None:
    """Send each of `requests` again and again, one at a time; into the queue `told`, how long which status took.

    The clock runs from the moment when all of the request has been handed to the system to the end of the reply.
    """
    took: dict[str, list[float]] = defaultdict(list)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind, request in requests.items():
            time.sleep(1 / PROBES_A_SECOND)
            try:
                connection.request(*request)
                began = time.perf_counter()
                reply = connection.getresponse()
                reply.read()
            except TimeoutError:  # it waits for its turn, so it was not refused
                connection.close()
                continue
            took[f"{kind}: {reply.status}"].append(time.perf_counter() - began)
    told.put(dict(took))


@contextmanager
def server(workers: int) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        assert process.wait(10) == 0


def row(name: str, seconds: list[float]) -> list[str]:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3 for share in (0.5, 0.95, 0.99)]
    return [name, str(len(ordered)), *(f"{ms:.1f}" for ms in (*at, ordered[-1] * 1e3))]


def percentile(seconds: list[float], share: float = 0.99) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1e3


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=15.0)
    arguments.add_argument("--workers", type=int, default=1)
    arguments.add_argument("--times", type=int, default=10, help="connections for each place, and for each that waits")
    chosen = arguments.parse_args()
    settings = Settings()
    computing = chosen.times * (settings.compute_threads + settings.compute_queue) * chosen.workers
    training = chosen.times * (settings.max_concurrent_trainings + settings.max_queued_trainings) * chosen.workers
    connections = {"convolve": computing // 2, "backward": computing // 2, "train": training}
    json_body = {"Content-Type": "application/json"}
    quick = {
        "/healthz": ("GET", "/healthz", b"", {}),
        "/forward": ("POST", "/api/v1/forward", json.dumps(forward()).encode(), json_body),
    }
    costly = {kind: ("POST", *asked, json_body) for kind, asked in bodies().items()}
    with server(chosen.workers) as port:
        told, flooded = multiprocessing.Queue(), multiprocessing.Queue()
        probe(port, 3, quick, told)
        alone = told.get()
        probes = [
            multiprocessing.Process(target=probe, args=(port, chosen.seconds, requests, told))
            for requests in (quick, costly)
        ]
        flooding = multiprocessing.Process(target=flood, args=(port, connections, chosen.seconds + 4, flooded))
        flooding.start()
        time.sleep(3)  # until every place is taken
        for process in probes:
            process.start()
        took = told.get() | told.get()
        for process in probes:
            process.join()
        statuses = flooded.get()
        flooding.join()
    print(f"{platform.processor() or platform.machine()}, {platform.python_version()}; connections: {connections}")
    print("| asked for | replies | median ms | p95 | p99 | worst |\n| --- | --- | --- | --- | --- | --- |")
    rows = [row(f"{kind}, nothing else", seconds) for kind, seconds in alone.items()]
    rows += [row(kind, took[kind]) for kind in sorted(took)]
    print("\n".join("| " + " | ".join(cells) + " |" for cells in rows))
    for kind, counts in statuses.items():
        print(f"{kind}: " + ", ".join(f"{count} times {status}" for status, count in sorted(counts.items())))
    refused = [second for kind, seconds in took.items() if kind.endswith("503") for second in seconds]
    fair = all(set(counts) <= {200, 503} for counts in statuses.values()) and set(took) >= {
        f"{kind}: 200" for kind in quick
    }
    soon = percentile(refused) < REFUSAL_LIMIT_MS and percentile(took["/healthz: 200"]) < HEALTH_LIMIT_MS
    print("met" if fair and soon else "NOT met")
    return 0 if fair and soon else 1


if __name__ == "__main__":
    sys.exit(main())
