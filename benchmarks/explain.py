"""How long explanations take the server: one number, and a whole kernel's worth, of the page's kind of network.

    .venv/bin/python benchmarks/explain.py [--seconds 1]

The request is answered in this process as the server would answer it (parse, pass, explain, write JSON), without the
socket. Exits with 1 when one number takes 1 ms or more, or 36 take 10 ms or more.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from typing import Any

from app.main import create_app

ONE_LIMIT_MS, MANY_LIMIT_MS = 1.0, 10.0
FILTERS, SIDE = 4, 3
EIGHT = [[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]]
NETWORK = {
    "input_shape": [1, 5, 5],
    "layers": [
        {"type": "conv2d", "name": "conv", "out_channels": FILTERS, "kernel_size": 3, "padding": "same"},
        {"type": "relu"},
        {"type": "max_pool2d", "kernel_size": 2, "ceil_mode": True},
        {"type": "flatten"},
        {"type": "dense", "name": "dense", "out_features": 10},
        {"type": "softmax"},
    ],
}
PARAMETERS = {
    "conv": {
        "weight": [
            [[[((o + 2 * r + 3 * c) % 5 - 2) / 2.1 for c in range(3)] for r in range(3)]] for o in range(FILTERS)
        ],
        "bias": [0.1] * FILTERS,
    },
    "dense": {"weight": [[((n * 7 + d * 3) % 11 - 5) / 9 for d in range(10)] for n in range(36)], "bias": [0.0] * 10},
}
PLACES = [(o, r, c) for o in range(FILTERS) for r in range(SIDE) for c in range(SIDE)]
KINDS: dict[str, list[str]] = {
    "conv": [f"conv[{o}][{r}][{c}]" for o, r, c in PLACES],
    "pool": [f"pool[{o}][{r}][{c}]" for o, r, c in PLACES],
    "logits": [f"logits[{d % 10}]" for d in range(36)],
    "gradient.relu": [f"gradient.relu[{o}][{r}][{c}]" for o, r, c in PLACES],
    "gradient.conv.weight": [f"gradient.conv.weight[{o}][0][{r}][{c}]" for o, r, c in PLACES],
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=1.0, help="how long each line is measured")
    seconds = arguments.parse_args().seconds
    print(f"{'kind':<34}{'one number':>14}{'36 numbers':>14}   (median ms)")
    late = False
    for kind, cells in KINDS.items():
        for check in (False, True) if kind == "gradient.conv.weight" else (False,):
            one, many = (asyncio.run(measured(part, check, seconds)) for part in (cells[4:5], cells))
            late = late or one >= ONE_LIMIT_MS or many >= MANY_LIMIT_MS
            print(f"{kind + (' with check' if check else ''):<34}{one:>14.3f}{many:>14.3f}")
    print(f"limits: {ONE_LIMIT_MS} and {MANY_LIMIT_MS} ms: {'EXCEEDED' if late else 'kept'}")
    return int(late)


async def measured(cells: list[str], check: bool, seconds: float) -> float:
    """Median milliseconds of a request."""
    body = {"network": NETWORK, "parameters": PARAMETERS, "image": EIGHT, "label": 8, "cells": cells, "check": check}
    raw, app = json.dumps(body).encode(), create_app()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        status = await call(app, raw)
        times.append(time.perf_counter() - start)
        assert status == 200
    return statistics.median(times) * 1000


async def call(app: Any, raw: bytes) -> int:
    """One POST, as a server hands it to the application; the status."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/explain", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return int(sent[0]["status"])


if __name__ == "__main__":
    sys.exit(main())
