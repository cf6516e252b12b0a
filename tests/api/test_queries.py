"""Queries are as strict as bodies under /api/v1; pages and health checks ignore what they do not know."""

import httpx
import pytest

from app.main import create_app
from app.settings import Settings

pytestmark = pytest.mark.anyio

OPERATIONS = [
    (method, path.replace("{id}", "digits" if "datasets" in path else "one-8"))
    for path, operations in create_app(Settings()).openapi()["paths"].items()
    for method in operations
    if path.startswith("/api/v1/")
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_unknown_query_parameter_is_refused_by_every_operation(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    reply = await http.request(method, f"{path}?explain=true", json={} if method == "post" else None)
    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == ["explain"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=1&limit=2", "limit"), ("&".join(f"a{n}" for n in range(101)), "")],
    ids=["twice", "101"],
)
async def test_query_that_repeats_a_parameter_or_has_too_many_is_refused(
    http: httpx.AsyncClient, query: str, field: str
) -> None:
    reply = await http.get(f"/api/v1/datasets/digits?{query}")
    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == [field]


async def test_pages_and_health_checks_ignore_queries(http: httpx.AsyncClient) -> None:
    for path in ("/", "/convolution", "/docs", "/openapi.json", "/healthz", "/readyz", "/version", "/metrics"):
        assert (await http.get(f"{path}?utm_source=mail")).status_code == 200, path
    assert (await http.options("/api/v1/kernels?family=Sobel")).status_code == 204
