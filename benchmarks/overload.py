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
PROBES_A_SECOND = 20

Took = dict[str, list[float]]


def bodies() -> dict[str, tuple[str, bytes]]:
    """What the flood asks for: path and body by kind."""
    draw = random.Random(0)  # noqa: S311 - any numbers will do
    image = [[round(draw.random(), 3) for _ in range(512)] for _ in range(512)]
    convolution = {"type": "conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}
    checked = network(convolution, {"type": "flatten"}, {"type": "dense", "out_features": 10})
    asked: dict[str, tuple[str, Any]] = {
        "convolve": ("/api/v1/convolve", {"input": image, "kernel": [[1.0] * 5] * 5}),
        "backward": ("/api/v1/backward", {"network": checked, "seed": 0, "image": EIGHT, "label": 8, "check": True}),
        "train": ("/api/v1/train", long_training(epochs=300, snapshot_every=300)),
    }
    return {kind: (path, json.dumps(body).encode()) for kind, (path, body) in asked.items()}


async def flood(port: int, connections: dict[str, int], seconds: float) -> tuple[Took, dict[str, Counter[int]]]:
    """Ask for costly work over many connections; how long refusals took, and the statuses of each kind."""
    took: Took = defaultdict(list)
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    end = time.monotonic() + seconds

    async def ask(kind: str, path: str, body: bytes) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: five\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < end:
            writer.write(f"{head}\r\n\r\n".encode() + body)
            await writer.drain()
            began = time.perf_counter()
            reply = await reader.readuntil(b"\r\n\r\n")
            status = int(reply[9:12])
            statuses[kind][status] += 1
            headers = dict(line.lower().split(b": ", 1) for line in reply.split(b"\r\n")[1:-2])
            if status == 503:
                took[f"refusal of {kind}"].append(time.perf_counter() - began)
            await reader.readexactly(int(headers[b"content-length"]))
            if status == 503:
                await asyncio.sleep(float(headers[b"retry-after"]))
        writer.close()

    tasks = []
    for kind, (path, body) in bodies().items():
        for _ in range(connections[kind]):
            tasks.append(asyncio.create_task(ask(kind, path, body)))
            await asyncio.sleep(0.003)  # they come one by one, as people do
    await asyncio.wait(tasks, timeout=seconds + 1)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    return took, statuses


def probe(port: int, seconds: float, told: Any) -> None:
    """Ask for what must be quick all the time; into the queue `told`, how long it took."""
    took: Took = defaultdict(list)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    drawing = json.dumps(forward()).encode()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind, asked in {
            "/healthz": ("GET", "/healthz"),
            "/forward": ("POST", "/api/v1/forward", drawing, {"Content-Type": "application/json"}),
        }.items():
            began = time.perf_counter()
            connection.request(*asked)
            reply = connection.getresponse()
            reply.read()
            took[kind].append(time.perf_counter() - began)
            assert reply.status == 200, reply.status
        time.sleep(1 / PROBES_A_SECOND)
    told.put(dict(took))


@contextmanager
def server(workers: int) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "--port", str(port), "--workers", str(workers)]
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
    training = chosen.times * (settings.training_slots + settings.training_queue) * chosen.workers
    connections = {"convolve": computing // 2, "backward": computing // 2, "train": training}
    with server(chosen.workers) as port:
        quiet, busy = multiprocessing.Queue(), multiprocessing.Queue()
        probe(port, 3, quiet)
        probing = multiprocessing.Process(target=probe, args=(port, chosen.seconds + 2, busy))
        probing.start()
        refusals, statuses = asyncio.run(flood(port, connections, chosen.seconds))
        took = busy.get(timeout=30)
        probing.join()
        alone = quiet.get()
    print(f"{platform.processor() or platform.machine()}, {platform.python_version()}; connections: {connections}")
    print("| asked for | replies | median ms | p95 | p99 | worst |\n| --- | --- | --- | --- | --- | --- |")
    rows = [row(f"{kind}, nothing else", seconds) for kind, seconds in alone.items()]
    rows += [row(kind, seconds) for kind, seconds in (took | refusals).items()]
    print("\n".join("| " + " | ".join(cells) + " |" for cells in rows))
    for kind, counts in statuses.items():
        print(f"{kind}: " + ", ".join(f"{count} times {status}" for status, count in sorted(counts.items())))
    refused = [second for seconds in refusals.values() for second in seconds]
    fair = all(set(counts) <= {200, 503} for counts in statuses.values())
    quick = percentile(refused) < REFUSAL_LIMIT_MS and percentile(took["/healthz"]) < HEALTH_LIMIT_MS
    print("met" if fair and quick else "NOT met")
    return 0 if fair and quick else 1


if __name__ == "__main__":
    sys.exit(main())
