"""A class at work: learners who draw, every fifth of whom is training; errors, latencies, epochs and memory.

    .venv/bin/python benchmarks/load.py [--learners 200] [--seconds 300] [--workers 2]

Each learner sends what the page sends in its first view. Twice a second a stroke: POST /forward, and when that is
answered, POST /explain for the number that is selected. Every fifth also trains, over and over: POST /train with the
page's own experiment and a stream of events; and as the numbers move, an /explain 2.5 times a second and an /evaluate
of both sets once. Requests are written beforehand. A stroke's time counts from when it was due, so that a server that
stands still is not spared. Server and learners share this machine's cores; what each took, and what other work took
from both, is printed. Ends with 1 on an error, if the 99th percentile of drawing is 250 ms or more, or if memory grows
by 5 % in the second half.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.catalogue import DEFAULT_EXPERIMENT
from benchmarks.http_load import Connection, connect, quantiles, request, run
from benchmarks.servers import Server, busy_seconds, fivebyfive

STROKES_A_SECOND, EVERY = 2, 5
EXPLAINS_A_SECOND, SETS_A_SECOND = 2.5, 1
"""How often an explanation and the sets follow the numbers while training runs (static/js/effects/following.js)."""
DRAWING_LIMIT_MS, GROWTH_LIMIT = 250, 0.05
DRAWINGS = 50
PERIODS = 20
"""How many times memory is looked at."""


def requests() -> dict[str, list[bytes]]:
    """What the page sends in its first view, for some drawings each where the drawing matters."""
    work = {"network": DEFAULT_EXPERIMENT.network, "parameters": DEFAULT_EXPERIMENT.parameters}
    drawings = [{**work, "image": example["image"]} for example in DEFAULT_EXPERIMENT.examples.inline()[:DRAWINGS]]
    sets = [examples.reference() for examples in (DEFAULT_EXPERIMENT.examples, DEFAULT_EXPERIMENT.test) if examples]
    training = DEFAULT_EXPERIMENT.train_body() | {
        "parameters": DEFAULT_EXPERIMENT.parameters,
        "examples": sets[0],
        "test": sets[1],
        "snapshot_every": 1,
        "probe": drawings[0]["image"],
    }
    return {
        "forward": [_request("forward", drawing) for drawing in drawings],
        "explain": [
            _request("explain", {**drawing, "label": 8, "cells": [DEFAULT_EXPERIMENT.selected]}) for drawing in drawings
        ],
        "evaluate": [
            _request("evaluate", {**work, "examples": examples, "include_probabilities": False}) for examples in sets
        ],
        "train": [_request("train", training, "text/event-stream")],
    }


def _request(path: str, body: dict[str, Any], accept: str = "application/json") -> bytes:
    # A browser writes 1.0 as 1.
    written = json.dumps(body, separators=(",", ":")).replace(".0,", ",").replace(".0]", "]")
    return request(f"/api/v1/{path}", written.encode(), accept)


class Classroom:
    """All the learners, and what happened to them."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._requests = requests()
        self._random = random.Random(5)  # noqa: S311 - which drawing comes next is no secret
        self.until = asyncio.get_running_loop().time() + seconds
        self.latencies: defaultdict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.epochs = self.runs = self.waits = 0

    async def all_at_work(self, learners: int) -> None:
        """Until the time is over."""
        drawing = [self._draws() for _ in range(learners)]
        training = [self._trains() for _ in range(0, learners, EVERY)]
        await asyncio.gather(*drawing, *training)

    async def _draws(self) -> None:
        now, every = asyncio.get_running_loop().time, 1 / STROKES_A_SECOND
        due = now() + every * self._random.random()
        connection = await connect(self._port)
        while due < self.until:
            await asyncio.sleep(due - now())
            await self._ask(connection, "forward", due)
            await self._ask(connection, "explain", now())
            due = max(due + every, now())  # while an answer is missing the page does not ask for the next

    async def _trains(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._random.random())
        following = [
            asyncio.ensure_future(self._follows("explain", EXPLAINS_A_SECOND)),
            asyncio.ensure_future(self._follows("evaluate", SETS_A_SECOND)),
            asyncio.ensure_future(self._follows("evaluate", SETS_A_SECOND)),
        ]
        connection = await connect(self._port)
        while loop.time() < self.until:
            await self._ask(connection, "train", loop.time())
        await asyncio.gather(*following)

    async def _follows(self, kind: str, a_second: float) -> None:
        now = asyncio.get_running_loop().time
        connection, due = await connect(self._port), now()
        while due < self.until:
            await asyncio.sleep(due - now())
            await self._ask(connection, kind, due)
            due = max(due + 1 / a_second, now())

    async def _ask(self, connection: Connection, kind: str, due: float) -> None:
        try:
            status, epochs = await connection.ask(self._random.choice(self._requests[kind]))
        except ConnectionError as error:
            self.errors[f"{kind}: {error}"] += 1
            return
        if status == 503:  # the page tries again when the server says
            self.waits += 1
            await asyncio.sleep(1)
        elif status != 200 or epochs < 0:
            self.errors[f"{kind}: status {status}" if status != 200 else f"{kind}: failed"] += 1
        else:
            self.latencies[kind].append(asyncio.get_running_loop().time() - due)
            self.epochs += epochs
            self.runs += kind == "train"


async def measure(server: Server, learners: int, seconds: float) -> tuple[Classroom, list[int]]:
    """The class, and the server's memory at the start and then at every twentieth of the time."""
    classroom = Classroom(server.port, seconds)
    working = asyncio.ensure_future(classroom.all_at_work(learners))
    memory = []
    for _ in range(PERIODS):
        await asyncio.wait((working,), timeout=seconds / PERIODS)
        memory.append(server.resident_bytes())
    await working
    return classroom, memory


def cpu_seconds(server: Server) -> list[float]:
    """Processor time of the server, of the learners, and of everything else on this machine."""
    mine = [server.cpu_seconds(), time.process_time()]
    return [*mine, busy_seconds() - sum(mine)]


def report(classroom: Classroom, memory: list[int], seconds: float, cores: list[float]) -> bool:
    """Print it all; whether the goals are met."""
    print(
        f"  {'request':<10}{'answered':>10}{'a second':>10}"
        + "".join(f"{name:>10}" for name in ("p50", "p95", "p99", "max"))
    )
    for kind, latencies in classroom.latencies.items():
        of_kind = "".join(f"{value:7.1f} ms" for value in quantiles(latencies))
        print(f"  {kind:<10}{len(latencies):10}{len(latencies) / seconds:10.1f}{of_kind}")
    epochs = classroom.epochs / seconds
    print(
        f"  {classroom.runs} runs streamed, {epochs:.0f} epochs a second; {classroom.waits} asked to come again later"
    )
    start, middle, end = (memory[place] / 2**20 for place in (0, len(memory) // 2, -1))
    growth = end / middle - 1
    sizes = f"{start:.1f} MB, half-way {middle:.1f} MB, at the end {end:.1f} MB"
    print(f"  memory: {sizes} ({growth:+.1%} in the second half)")
    print("  cores taken: {:.2f} by the server, {:.2f} by the learners, {:.2f} by other work".format(*cores))
    for error, count in classroom.errors.most_common():
        print(f"  ERROR {count} times: {error}")
    p99 = quantiles(classroom.latencies["forward"])[2]
    good = not classroom.errors and p99 < DRAWING_LIMIT_MS and growth < GROWTH_LIMIT
    goal = f"no error, drawing p99 under {DRAWING_LIMIT_MS} ms, growth under {GROWTH_LIMIT:.0%}"
    print(f"  goal: {goal}: {'met' if good else 'MISSED'}")
    return good


def main() -> int:
    """Run the class; 1 if a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--learners", type=int, default=200)
    arguments.add_argument("--seconds", type=float, default=300)
    arguments.add_argument("--workers", type=int, default=1)
    chosen = arguments.parse_args()
    log = Path(tempfile.gettempdir()) / f"fivebyfive-load-{os.getpid()}.log"
    with fivebyfive("--workers", str(chosen.workers), log=log) as server:
        print(f"{chosen.learners} learners, {chosen.seconds:g} s, {chosen.workers} worker(s), {os.cpu_count()} cores:")
        before = cpu_seconds(server)
        classroom, memory = run(lambda: measure(server, chosen.learners, chosen.seconds))
        cores = [
            (after - at_start) / chosen.seconds for at_start, after in zip(before, cpu_seconds(server), strict=True)
        ]
        good = report(classroom, memory, chosen.seconds, cores)
    written = log.read_text()
    log.unlink()
    if "Traceback" in written:
        print(f"the server wrote:\n{written}")
        good = False
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
