"""What bodies that do not validate cost a server: memory, the event loop's time, and what is left afterwards.

    .venv/bin/python benchmarks/invalid_bodies.py [--count 5000] [--seed 0]

It starts a server of its own on loopback and posts bodies of up to 4 MB to every call, one after the other: every
field filled with lists, objects, numbers and strings that do not belong there (`tests/api/invalid_bodies.py`). Beside
them a light client asks for /healthz again and again. Exits with 1 if a response is a 5xx, if a request grows the
process by more than 64 MB beyond its body and response, if /healthz takes more than 50 ms, or if more than 20 MB are
left at the end.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.observed import Posted, observe
from tests.api.invalid_bodies import invalid_bodies


def requests_of(seed: int) -> Iterator[Posted]:
    """Yield requests without end."""
    for request in invalid_bodies(seed, sys.maxsize):
        yield Posted(*request)


if __name__ == "__main__":
    sys.exit(observe("Post bodies that do not validate, and measure.", requests_of))
