"""What well-formed requests with extreme geometries cost a server: memory, the event loop's time, and what is left.

    .venv/bin/python benchmarks/extreme_requests.py [--count 5000] [--seed 0]

It starts a server of its own on loopback and posts requests to every call, one after the other: sizes, strides,
dilations, paddings, classes and layers at, near and beyond every limit (`tests/extremes.py`). Beside them a light
client asks for /healthz again and again. Exits with 1 if a response is a 5xx, if a request grows the process by more
than 64 MB beyond its body and response, if /healthz takes more than 50 ms, or if more than 20 MB are left at the end.
"""

import json
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.observed import Posted, observe
from tests.extremes import OPERATIONS, Extremes

ACCEPTED = {
    "train": ("application/json", "text/event-stream"),
    "convolve": ("application/json", "application/x-npy"),
    "pool": ("application/json", "application/x-npy"),
}
"""What a client may prefer, where it has a choice."""


def requests_of(seed: int) -> Iterator[Posted]:
    """Yield requests without end, to every call in turn."""
    extremes = Extremes(seed)
    for call in cycle(OPERATIONS):
        body = extremes.body(call)
        accept = extremes.random.choice(ACCEPTED.get(call, ("application/json",)))
        short = {name: value for name, value in body.items() if len(repr(value)) < 300}
        yield Posted(call, f"{accept} {short}", json.dumps(body).encode(), accept)


if __name__ == "__main__":
    sys.exit(observe("Post well-formed requests with extreme geometries, and measure.", requests_of))
