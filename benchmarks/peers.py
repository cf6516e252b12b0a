"""The least that the same server can do, for benchmarks/api.py to compare with: an empty route, and an echo."""

from typing import Any

from fastapi import FastAPI

empty_route = FastAPI()


@empty_route.post("/api/v1/forward")
async def nothing() -> None:
    """Read no body, compute nothing, say null."""


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and send it back, with no framework in between."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
