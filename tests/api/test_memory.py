"""What a server process remembers after requests is little, whatever they asked for."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import MakeServer, Server

ROOM = 60_000_000  # bytes: what numpy's and Python's allocators may keep for the next request

SIDE = 500
LARGE_GEOMETRIES = [
    {
        "network": {
            "input_shape": [1, SIDE, SIDE],
            "layers": [
                {"type": "avg_pool2d", "kernel_size": [1, 2 + width], "stride": [1, 1], "padding": [0, padding]},
                {"type": "avg_pool2d", "kernel_size": 31},
            ],
        },
        "parameters": {},
        "image": [[0] * SIDE] * SIDE,
    }
    for width in range(15)
    for padding in (0, 1)
]
DEEP_NETWORKS = [
    {
        "network": {
            "input_shape": [1, 128, 128],
            "layers": [{"type": "max_pool2d", "name": f"p{number}x{layer}", "kernel_size": 1} for layer in range(20)],
        },
        "parameters": {},
        "image": [[0] * 128] * 128,
    }
    for number in range(50)
]


@pytest.mark.parametrize("bodies", [LARGE_GEOMETRIES, DEEP_NETWORKS], ids=["large geometries", "deep networks"])
def test_hundreds_of_requests_that_differ_leave_little_behind(make_server: MakeServer, bodies: list[Any]) -> None:
    server = make_server()
    with httpx.Client(base_url=server.url, timeout=30) as http:

        def resident() -> float:
            return float(
                re.findall(r"^process_resident_memory_bytes (\S+)$", http.get("/metrics").text, re.MULTILINE)[0]
            )

        def ask(body: Any) -> None:
            reply = http.post("/api/v1/forward", content=json.dumps(body), headers={"Content-Type": "application/json"})
            assert reply.status_code == 200, reply.text

        ask(bodies[0])
        before = resident()
        for body in bodies:
            ask(body)
        assert resident() < before + ROOM


@pytest.mark.parametrize("unit", [b"[]", b'{"a":1}', b"0.1", b'"ab"', b"[[0,1],[1]]"])
@pytest.mark.parametrize("field", ["x", "image"])
def test_a_body_that_does_not_validate_takes_at_most_64_megabytes(server: Server, unit: bytes, field: str) -> None:
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status")

    def kilobytes(name: str) -> int:
        return int(re.findall(rf"^{name}:\s+(\d+) kB$", status.read_text(), re.MULTILINE)[0])

    body = b'{"%s":[%s]}' % (field.encode(), b",".join([unit] * (4_000_000 // (len(unit) + 1))))
    before = kilobytes("VmRSS")
    status.with_name("clear_refs").write_text("5")  # forget the peak so far
    reply = httpx.post(f"{server.url}/api/v1/forward", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert 1024 * (kilobytes("VmHWM") - before) - len(body) - len(reply.content) < 64 * 1024 * 1024


THREAD = """
import gc
import sys
import threading
from pathlib import Path

from app.execution.free_memory import return_freed_memory
from app.main import create_app, _lifespan


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096


async def serve():
    async with _lifespan(create_app()):
        print(len(gc.get_objects()))
        bytearray(16_000_000)  # from now on, glibc keeps up to twice as much of what is freed
        before = resident()
        thread = threading.Thread(target=lambda: [bytearray(100_000) for _ in range(200)])
        thread.start()
        thread.join()
        return_freed_memory()
        print(resident() - before)
        print(sys.getswitchinterval())
        print(gc.get_threshold()[2])
    print(gc.get_freeze_count())
    print(sys.getswitchinterval())
    print(gc.get_threshold()[2])


import asyncio
asyncio.run(serve())
"""


@pytest.fixture(scope="module")
def thread_run() -> list[float]:
    """Measure what a server does to its process.

    Objects that the garbage collector looks at, what is left of 20 MB that a thread freed, seconds after which a thread
    gives way to another, and collections of young objects between two full ones; then, once the server has ended, the
    frozen objects and the last two again.
    """
    ran = subprocess.run([sys.executable, "-c", THREAD], capture_output=True, text=True, check=True)
    return [float(word) for word in ran.stdout.split()]


def test_garbage_is_not_collected_among_what_has_been_loaded(thread_run: list[float]) -> None:
    assert thread_run[0] < 5_000


def test_memory_that_a_thread_has_freed_is_returned(thread_run: list[float]) -> None:
    assert thread_run[1] < 5_000_000


def test_event_loop_waits_a_millisecond_for_a_thread(thread_run: list[float]) -> None:
    assert thread_run[2] == pytest.approx(0.001)


def test_full_garbage_collections_are_rare(thread_run: list[float]) -> None:
    assert thread_run[3] == 1_000


def test_process_is_as_before_once_the_service_has_ended(thread_run: list[float]) -> None:
    assert thread_run[4:] == [0, pytest.approx(0.005), 10]


CYCLES = """
import asyncio
import gc
import json

from app.main import create_app
from tests.api.bodies import EIGHT, by_hand, eight_and_two, forward, long_training

EVENTS = (b"accept", b"text/event-stream")
TRAINED = {name: value for name, value in forward().items() if name != "image"}
TOO_FAST = {"type": "sgd", "learning_rate": 1e300}
TOO_LARGE = {"input": [[1e308] * 300] * 300, "kernel": [[9]]}
REQUESTS = {
    "page": ("GET", "/", b"", None),
    "not found": ("GET", "/nowhere", b"", None),
    "datasets": ("GET", "/api/v1/datasets/digits", b"", None),
    **{
        call: ("POST", f"/api/v1/{call}", json.dumps(body).encode(), None)
        for call, body in {
            "forward": forward(),
            "backward": TRAINED | {"image": EIGHT, "label": 8, "check": True},
            "explain": TRAINED | {"image": EIGHT, "label": 8, "cells": ["loss", "gradient.conv.weight[0][0][0][0]"]},
            "evaluate": TRAINED | {"examples": [{"image": EIGHT, "label": 8}]},
            "replay": {"network": TRAINED["network"], "image": EIGHT, "snapshots": [TRAINED["parameters"]] * 2},
            "convolve": {"input": [[1.0] * 300] * 300, "kernel": [[1.0] * 5] * 5},
            "pool": {"input": EIGHT, "kind": "max", "kernel_size": 2},
            "responses": {"image": EIGHT},
            "output-size": {"size": 5, "layers": [{"kernel_size": 3}]},
        }.items()
    },
    "refused": ("POST", "/api/v1/forward", json.dumps(forward(image=[[1, 2]])).encode(), None),
    "overflow": ("POST", "/api/v1/convolve", json.dumps(TOO_LARGE).encode(), None),
    "diverged": ("POST", "/api/v1/train", json.dumps(eight_and_two(optimizer=TOO_FAST)).encode(), None),
    "diverged stream": ("POST", "/api/v1/train", json.dumps(eight_and_two(optimizer=TOO_FAST)).encode(), EVENTS),
    "invalid": ("POST", "/api/v1/forward", b'{"x": [1, {"y": 2}]}', None),
    "not JSON": ("POST", "/api/v1/forward", b"{", None),
    "training": ("POST", "/api/v1/train", json.dumps(by_hand()).encode(), None),
    "stream": ("POST", "/api/v1/train", json.dumps(by_hand()).encode(), EVENTS),
    "stream that is left": ("POST", "/api/v1/train", json.dumps(long_training()).encode(), EVENTS),
}


async def ask(app, name):
    method, path, body, header = REQUESTS[name]
    headers = [(b"host", b"five.test"), (b"content-type", b"application/json"), *([header] if header else [])]
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode()}
    scope |= {"scheme": "http", "root_path": "", "query_string": b"", "headers": headers}
    scope |= {"client": ("127.0.0.1", 1), "server": ("five.test", 80)}
    begun, received = asyncio.Event(), [{"type": "http.request", "body": body}]

    async def receive():
        if received:
            return received.pop()
        await (begun if "left" in name else asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message):
        begun.set()

    await app(scope, receive, send)


async def main():
    app = create_app()
    for name in REQUESTS:
        for _ in range(3):
            await ask(app, name)
        await asyncio.sleep(0.1)
        gc.collect()
        gc.disable()
        for _ in range(10):
            await ask(app, name)
        await asyncio.sleep(0.1)
        print(name, gc.collect() / 10, sep=": ")


asyncio.run(main())
"""


def test_requests_leave_no_reference_cycles_for_the_garbage_collector() -> None:
    ran = subprocess.run([sys.executable, "-c", CYCLES], capture_output=True, text=True, check=True)
    left = {name: float(objects) for name, _, objects in (line.partition(": ") for line in ran.stdout.splitlines())}
    assert len(left) == 21
    assert not {name: objects for name, objects in left.items() if objects > 1}
