"""The application called in this process, as a server would call it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings()


@pytest.fixture(scope="session")
def application(settings: Settings) -> Any:
    return create_app(settings)


@pytest.fixture
async def http(application: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(application) as client:
        yield client


def http_to(application: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://five.test")


@pytest.fixture
def post(http: httpx.AsyncClient) -> Post:
    """``await post("forward", body)``; a body of bytes is sent as it is."""

    async def send(name: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await http.post(
            f"/api/v1/{name}", content=content, headers={"Content-Type": "application/json"} | headers
        )

    return send
