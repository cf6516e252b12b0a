"""Latency of light requests beside each kind of heavy client.

    .venv/bin/python benchmarks/fairness.py [--seconds 10] [--only WORD]

It starts a server of its own on loopback with the usual settings. One after the other, heavy clients at 127.0.0.1 load
it, as fast as they can; each gives way to the server (`nice`), as clients elsewhere would. Meanwhile a light client at
127.0.0.2 asks for /healthz and sends a drawing to /forward, each over a new connection, and trains for one epoch. Exits
with 1 if a light request is not answered with 200, or if the 99th percentile of /healthz or /forward is 100 ms or more.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import socket
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.http_load import quantiles
from benchmarks.servers import fivebyfive
from tests.api.bodies import EIGHT, LAYERS, by_hand, forward, long_training, network
from tests.api.invalid_bodies import LARGEST, UNITS, filled

HEAVY, LIGHT = "127.0.0.1", "127.0.0.2"
LIMIT_MS = 100
PATIENCE = 10.0
PAUSE = 0.01
"""Seconds between two requests of the light client."""

CONVOLUTION = {"type": "conv2d", "name": "conv", "out_channels": 4, "kernel_size": 3, "padding": 1}
CHECKED = network(CONVOLUTION, *LAYERS[1:])
WIDE = network({"type": "conv2d", "out_channels": 80, "kernel_size": 5, "padding": 30}, {"type": "tanh"})


def request(path: str, body: Any = None, *headers: str) -> bytes:
    """Return a request after which the connection is closed; a POST if there is a body."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    given = [f"Content-Length: {len(content)}", "Content-Type: application/json", "Connection: close", *headers]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: five.test", *given, "", ""]).encode() + content


# Heavy clients


async def _exchange(port: int, sent: bytes) -> int:
    """Send all of it and read to the end; return the status of the first response, or 0."""
    with suppress(OSError):
        reader, writer = await asyncio.open_connection(HEAVY, port, local_addr=(HEAVY, 0))
        try:
            writer.write(sent)
            head = await reader.read(65_536)
            while await reader.read(65_536):
                pass
            return int(head[9:12] or 0)
        finally:
            writer.transport.abort()
    return 0


def over_and_over(*requests: bytes, times: int) -> Callable[[int], Awaitable[None]]:
    """Return a client that sends each of `requests` over `times` connections, again as soon as it is answered."""

    async def one(port: int, sent: bytes) -> None:
        while True:
            if await _exchange(port, sent) == 503:
                await asyncio.sleep(0.1)

    async def all_at_once(port: int) -> None:
        await asyncio.gather(*(one(port, sent) for sent in requests for _ in range(times)))

    return all_at_once


async def half_sent_heads(port: int) -> None:
    """Hold 4,300 connections with half of a head, and open each again as soon as it is closed."""

    async def one() -> None:
        while True:
            await _exchange(port, b"GET / HTTP/1.1\r\nHost: five.test\r\n")

    await asyncio.gather(*(one() for _ in range(4_300)))


async def slow_readers(port: int) -> None:
    """Ask four times for 26 MB, and read 100 bytes a second of each."""
    sent = request("/api/v1/forward", forward(network=WIDE, parameters=..., seed=0))

    async def one() -> None:
        while True:
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.setblocking(False)
                with suppress(OSError):
                    await asyncio.get_running_loop().sock_connect(connection, (HEAVY, port))
                    await asyncio.get_running_loop().sock_sendall(connection, sent)
                    while await asyncio.get_running_loop().sock_recv(connection, 100):
                        await asyncio.sleep(1)
            await asyncio.sleep(0.1)

    await asyncio.gather(*(one() for _ in range(4)))


def invalid() -> Iterator[bytes]:
    """Yield requests of 4 MB that do not validate."""
    draw = random.Random(0)  # noqa: S311 - any bodies will do
    for call, field in (("forward", "x"), ("train", "examples"), ("convolve", "input"), ("explain", "cells")):
        unit = draw.choice(UNITS)
        filling = b"[" + b",".join([unit] * ((LARGEST - 3_000) // (len(unit) + 1))) + b"]"
        yield request(f"/api/v1/{call}", filled(call, field, filling))


def trailers() -> bytes:
    """Return a request with 54 MB of trailers."""
    head = b"POST /api/v1/forward HTTP/1.1\r\nHost: five.test\r\nContent-Type: application/json\r\n"
    line = b"X-Trailer: " + b"x" * 1_000 + b"\r\n"
    return head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + line * (54_000_000 // len(line)) + b"\r\n"


def clients() -> dict[str, Callable[[int], Awaitable[None]]]:
    """Return every kind of heavy client."""
    draw = random.Random(0)  # noqa: S311 - any numbers will do
    image = [[draw.randrange(256) for _ in range(512)] for _ in range(512)]
    backward = {"network": CHECKED, "seed": 0, "image": EIGHT, "label": 8, "check": True}
    kernels = [[[[draw.random() for _ in range(3)] for _ in range(3)]] for _ in range(4)]
    dense = {"weight": [[draw.random() for _ in range(10)] for _ in range(36)], "bias": [0] * 10}
    cells = [f"gradient.dense.weight[{feature}][8]" for feature in range(30)]
    explain = {key: value for key, value in backward.items() if key != "seed"}
    explain |= {"parameters": {"conv": {"weight": kernels, "bias": [0] * 4}, "dense": dense}, "cells": cells}
    get = request("/healthz").replace(b"Connection: close\r\n", b"")
    return {
        "73 trainings": over_and_over(request("/api/v1/train", long_training(), "Accept: text/event-stream"), times=73),
        "costly requests, 80 at once": over_and_over(
            request("/api/v1/convolve", {"input": image, "kernel": [[1.0] * 5] * 5}),
            request("/api/v1/backward", backward),
            times=40,
        ),
        "30 explanations with check": over_and_over(request("/api/v1/explain", explain), times=4),
        "invalid bodies of 4 MB": over_and_over(*invalid(), times=1),
        "4 slow readers of 26 MB": slow_readers,
        "4,300 half-sent heads": half_sent_heads,
        "54 MB of trailers": over_and_over(trailers(), times=2),
        "10,000 pipelined GETs": over_and_over(get * 9_999 + request("/healthz"), times=2),
    }


def load(client: Callable[[int], Awaitable[None]], port: int) -> None:
    """Be a heavy client, until the process is ended."""
    os.nice(10)
    asyncio.run(client(port))  # type: ignore[arg-type]


# The light client


def ask(port: int, sent: bytes) -> tuple[int, float]:
    """Return the status of a request over a new connection, and how long it took in seconds."""
    began = time.perf_counter()
    reply = b""
    with suppress(OSError), socket.create_connection((HEAVY, port), PATIENCE, (LIGHT, 0)) as connection:
        connection.sendall(sent)
        while part := connection.recv(65_536):
            reply += part
    return int(reply[9:12] or 0), time.perf_counter() - began


def light(port: int, seconds: float) -> tuple[dict[str, list[float]], Counter[str]]:
    """Ask for light things again and again; return how long each took, and which were not answered with 200."""
    requests = {
        "/healthz": request("/healthz"),
        "/forward": request("/api/v1/forward", forward()),
        "/train": request("/api/v1/train", by_hand()),
    }
    took: dict[str, list[float]] = defaultdict(list)
    wrong: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind, sent in requests.items():
            time.sleep(PAUSE)
            status, duration = ask(port, sent)
            took[kind].append(duration)
            if status != 200:
                wrong[f"{kind}: {status}"] += 1
    return took, wrong


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure light requests beside heavy clients.")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", default="", help="part of a heavy client's name")
    options = parser.parse_args()
    heavy = {"nothing else": None} | {name: client for name, client in clients().items() if options.only in name}
    met = True
    print("| beside | /healthz p50, p99, ms | /forward p50, p99, ms | /train p50, p99, ms | not answered |")
    print("| --- | --- | --- | --- | --- |")
    for name, client in heavy.items():
        with fivebyfive("--log-level", "warning") as server:
            process = multiprocessing.Process(target=load, args=(client, server.port)) if client else None
            if process:
                process.start()
                time.sleep(2)
            took, wrong = light(server.port, options.seconds)
            if process:
                process.kill()
                process.join()
        cells = []
        for kind, durations in took.items():
            median, high = quantiles(durations, (0.5, 0.99))
            cells.append(f"{median:.0f}, {high:.0f}")
            met = met and (kind == "/train" or high < LIMIT_MS)
        met = met and not wrong
        print(f"| {name} | {' | '.join(cells)} | {dict(wrong) or 'none'} |", flush=True)
    print("met" if met else "NOT met")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
