"""What a server process remembers after requests is little, whatever they asked for."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.conftest import MakeServer

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
