"""Requests a second of POST /forward, beside an empty route of FastAPI and a bare ASGI echo, all in one run.

    .venv/bin/python benchmarks/api.py [--seconds 3] [--rounds 5] [--connections 16]

Three servers with the same uvicorn options, one worker each: the service (every middleware, the whole trace of the
notebook's network), an empty FastAPI route that reads no body and has no middleware, and an ASGI function that sends
the same bytes back. They are loaded in turn, round by round, so that a busy machine slows all alike; the median round
counts. The load comes from wrk, or without it from this process. Then one reply of 256x256 numbers: as an octet stream,
by orjson from numpy (as the service does), and by a response model of lists. Ends with 1 if a goal is missed.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import timeit
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from pydantic import BaseModel

from app.engine.network import Network
from app.schemas.network import NOTEBOOK_FORWARD, NOTEBOOK_NETWORK, NetworkSpec
from app.schemas.serialization import to_json
from app.services.parameters import resolve_parameters
from benchmarks.http_load import closed_loop, quantiles, request, run
from benchmarks.servers import fivebyfive, uvicorn

PATH = "/api/v1/forward"
OURS, EMPTY, ECHO = "POST /forward, full trace", "empty FastAPI route", "bare ASGI echo"
GOALS = {EMPTY: 1 / 2, ECHO: 3_000 / 9_000}
"""At least this share of a peer's requests a second."""
WRK = shutil.which("wrk")
SHARES = {"50%": 0.5, "90%": 0.9, "99%": 0.99}
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


class Load(NamedTuple):
    """What one round came to."""

    per_second: float
    milliseconds: list[float]
    """The latencies of `SHARES`."""


def notebook_body() -> bytes:
    """The notebook's 8 with every parameter, as the page sends it."""
    network: Network = NetworkSpec.model_validate(NOTEBOOK_NETWORK).network()
    given = {"conv": {"weight": np.array(NOTEBOOK_FORWARD["parameters"]["conv"]["weight"], dtype=float)}}
    parameters = resolve_parameters(network, given, 0)
    body = {"network": NOTEBOOK_NETWORK, "parameters": parameters, "image": NOTEBOOK_FORWARD["image"]}
    return to_json(body)


def load_by_wrk(port: int, body: bytes, connections: int, seconds: float) -> Load:
    """One round from wrk, which costs next to nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n')
        script.write(f"wrk.body = {json.dumps(body.decode())}\n")
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", script.name]
        output = subprocess.run(
            [*command, f"http://127.0.0.1:{port}{PATH}"], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(output)
    found = dict(re.findall(r"^ +(\d+%) +([\d.]+[a-z]+)$", output, re.MULTILINE))
    per_second = re.search(r"Requests/sec: +([\d.]+)", output)
    assert per_second, output
    return Load(float(per_second[1]), [_milliseconds(found[share]) for share in SHARES])


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS[unit]


def load_from_here(port: int, body: bytes, connections: int, seconds: float) -> Load:
    """One round from this process, which takes its share of the machine."""
    wrong, latencies = run(lambda: closed_loop(port, request(PATH, body), connections, seconds))
    if wrong:
        raise SystemExit(f"{wrong} replies were no 200")
    return Load(len(latencies) / seconds, quantiles(latencies, tuple(SHARES.values())))


def compare(connections: int, seconds: float, rounds: int) -> bool:
    """Print requests a second and latencies of all three; whether the goals are met."""
    body, load = notebook_body(), load_by_wrk if WRK else load_from_here
    results: dict[str, list[Load]] = {OURS: [], EMPTY: [], ECHO: []}
    with ExitStack() as running:
        ports = {
            OURS: running.enter_context(fivebyfive()).port,
            EMPTY: running.enter_context(uvicorn("benchmarks.peers:empty_route")).port,
            ECHO: running.enter_context(uvicorn("benchmarks.peers:echo")).port,
        }
        for port in ports.values():
            load(port, body, connections, 1)  # unmeasured: the first requests of a process are slow
        for _ in range(rounds):
            for name, port in ports.items():
                results[name].append(load(port, body, connections, seconds))
    print(f"{len(body)} bytes in; {connections} connections, {rounds} rounds of {seconds:g} s each:")
    print(f"  {'':<26}{'requests a second':>18}{'latency':>10}: {', '.join(SHARES)}")
    for name, of_rounds in results.items():
        latencies = [statistics.median(column) for column in zip(*(r.milliseconds for r in of_rounds), strict=True)]
        rates = [r.per_second for r in of_rounds]
        print(f"  {name:<26}{statistics.median(rates):18,.0f}{'':>10}  {', '.join(f'{x:.2f} ms' for x in latencies)}")
    met = True
    for peer, goal in GOALS.items():
        pairs = zip(results[OURS], results[peer], strict=True)
        shares = sorted(ours.per_second / theirs.per_second for ours, theirs in pairs)
        share = statistics.median(shares)
        met &= share >= goal
        print(
            f"  of the {peer}: {share:.3f} (rounds {shares[0]:.3f} to {shares[-1]:.3f}), goal {goal:.3f}: "
            + ("met" if share >= goal else "MISSED")
        )
    return met


class Maps(BaseModel):
    """A reply as a response model would have it."""

    output: list[list[float]]


def large_reply() -> None:
    """Print what a reply of 256x256 numbers costs to write."""
    image = np.random.default_rng(0).standard_normal((256, 256))
    ways = {
        "octet stream": image.tobytes,
        "orjson from numpy": lambda: to_json({"output": image}),
        "response model of lists": lambda: Maps(output=image.tolist()).model_dump_json().encode(),
    }
    print("A reply of 256x256 numbers, float64:")
    for name, write in ways.items():
        spent = min(timeit.repeat(write, number=5, repeat=5)) / 5
        print(f"  {name:<26}{spent * 1e3:8.2f} ms{len(write()):12,} bytes")


def main() -> int:
    """Print both tables; 1 if a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=3)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--connections", type=int, default=16)
    chosen = arguments.parse_args()
    if not WRK:
        print("skipped: wrk (not installed; Debian's package wrk): the load comes from this process")
    met = compare(chosen.connections, chosen.seconds, chosen.rounds)
    large_reply()
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
