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

from app.api.free_memory import return_freed_memory
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
    print(gc.get_freeze_count())
    print(sys.getswitchinterval())


import asyncio
asyncio.run(serve())
"""


@pytest.fixture(scope="module")
def thread_run() -> list[float]:
    """Measure what a server does to its process.

    Objects that the garbage collector looks at, what is left of 20 MB that a thread freed, and seconds after which a
    thread gives way to another; then, once the server has ended, the frozen objects and the same seconds.
    """
    ran = subprocess.run([sys.executable, "-c", THREAD], capture_output=True, text=True, check=True)
    return [float(word) for word in ran.stdout.split()]


def test_garbage_is_not_collected_among_what_has_been_loaded(thread_run: list[float]) -> None:
    assert thread_run[0] < 5_000


def test_memory_that_a_thread_has_freed_is_returned(thread_run: list[float]) -> None:
    assert thread_run[1] < 5_000_000


def test_event_loop_waits_a_millisecond_for_a_thread(thread_run: list[float]) -> None:
    assert thread_run[2] == pytest.approx(0.001)


def test_process_is_as_before_once_the_service_has_ended(thread_run: list[float]) -> None:
    assert thread_run[3:] == [0, pytest.approx(0.005)]
