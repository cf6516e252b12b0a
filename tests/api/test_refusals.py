"""Whatever is wrong with a request, the reply is a problem that names the field; never a 500, never a trace."""

import re
from typing import Any

import httpx
import pytest

from app.schemas.problem import Problem
from tests.api.bad_requests import UNPROCESSABLE
from tests.api.bodies import CONV, DENSE, forward, network
from tests.api.conftest import Post

pytestmark = pytest.mark.anyio

FLATTEN = {"type": "flatten"}


def problem_of(reply: httpx.Response, status: int, kind: str | None = None) -> Problem:
    """The problem that a reply is, after everything that holds for every problem."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" in reply.headers
    assert "Traceback" not in reply.text
    assert len(reply.content) < 10_000
    problem = Problem.model_validate_json(reply.content)
    assert problem.status == status
    if kind is not None:
        assert problem.type == f"/docs#{kind}"
    return problem


@pytest.mark.parametrize(
    ("name", "endpoint", "body", "field"), UNPROCESSABLE, ids=[f"{e}: {n}" for n, e, *_ in UNPROCESSABLE]
)
async def test_invalid_request_is_refused_naming_the_field(
    post: Post, name: str, endpoint: str, body: Any, field: str
) -> None:
    problem = problem_of(await post(endpoint, body), 422)
    assert field in [error.field for error in problem.errors]
    assert problem.instance == f"/api/v1/{endpoint}"
    for error in problem.errors:
        assert error.allowed, error
        last = error.field.rpartition(".")[2] or "-"
        assert not re.match(rf"\S*\b{re.escape(last)}\b", error.message), f"repeats its field: {error}"
        said = f"{error.message} {error.value} {error.allowed}"
        assert not re.search(r"\(-?\d+,|\breply\b|after validation|dictionary", said), error


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "invalid-json"),
        (b"{", "invalid-json"),
        (b"{'image': 1}", "invalid-json"),
        (b'{"image": 1,}', "invalid-json"),
        (b'{"a": 1} {"b": 2}', "invalid-json"),
        (b"[" * 100_000, "invalid-json"),
        (b'{"a":' * 100_000, "invalid-json"),
        (b'{"image": [[%s]]}' % (b"9" * 10_000), "invalid-json"),
        (b'{"image": "\\ud800"}', "invalid-json"),
        (b'{"image": "\xff"}', "not-utf-8"),
        ('{"image": [[1]]}'.encode("utf-16"), "not-utf-8"),
        (b"\x00", "invalid-json"),
    ],
)
async def test_invalid_json_returns_400(post: Post, body: bytes, kind: str) -> None:
    for endpoint in ("forward", "convolve", "pool"):
        [error] = problem_of(await post(endpoint, body), 400, kind).errors
        assert error.allowed


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp", "x" * 999]
)
async def test_another_media_type_is_a_415(post: Post, content_type: str) -> None:
    problem = problem_of(
        await post("forward", forward(), **{"Content-Type": content_type}), 415, "unsupported-media-type"
    )
    assert problem.errors[0].field == "Content-Type"
    assert problem.errors[0].allowed == "application/json"


async def test_a_charset_is_accepted_if_it_is_utf_8(post: Post) -> None:
    assert (
        await post("forward", forward(), **{"Content-Type": 'Application/JSON; charset="UTF-8"'})
    ).status_code == 200
    problem_of(
        await post("forward", forward(), **{"Content-Type": "application/json; charset=latin-1"}), 400, "not-utf-8"
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v1/kernels/", 404),
        ("GET", "/api/v1/datasets/nothing", 404),
        ("GET", "/api/v1/datasets/..%2f..%2fetc", 404),
        ("GET", "/static/0/../../pyproject.toml", 404),
        ("GET", "/static/0/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/api/v1/forward", 405),
        ("DELETE", "/api/v1/kernels", 405),
        ("PUT", "/healthz", 405),
        ("POST", "/", 405),
        ("GET", "/api/v1/datasets/digits?limit=0", 422),
        ("GET", "/api/v1/datasets/digits?limit=100000000000000000000000000", 422),
        ("GET", "/api/v1/datasets/digits?offset=-1", 422),
        ("GET", "/api/v1/datasets/digits?limit=1_0", 422),
        ("GET", "/api/v1/datasets/digits?limit=%2B1", 422),
        ("GET", "/api/v1/datasets/digits?limit=%201", 422),
        ("GET", "/api/v1/datasets/digits?limit=1.0", 422),
        ("GET", "/api/v1/datasets/digits?limit=%D9%A3", 422),
        ("GET", "/api/v1/kernels/random?seed=1_0", 422),
        ("GET", "/api/v1/datasets/digits?offset=x", 422),
        ("GET", "/api/v1/datasets/digits?page=1", 422),
        ("GET", "/api/v1/datasets/digits?split=exam", 422),
        ("GET", "/api/v1/kernels/random?size=0", 422),
        ("GET", "/api/v1/kernels/random?size=32", 422),
        ("GET", "/api/v1/kernels/random?size=3.5", 422),
        ("GET", "/api/v1/kernels/random?seed=-1", 422),
        ("GET", "/api/v1/kernels/random?seed=9007199254740992", 422),
        ("GET", "/api/v1/kernels/random?sizes=3", 422),
        ("GET", "/api/v1/experiments/nothing", 404),
        ("POST", "/api/v1/experiments", 405),
        ("HEAD", "/api/v1/forward", 405),
    ],
)
async def test_wrong_paths_methods_and_queries_are_problems(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    reply = await http.request(method, path)
    if method == "HEAD":
        assert (reply.status_code, reply.content) == (status, b"")
        return
    problem = problem_of(reply, status)
    if status == 405:
        assert reply.headers["allow"]
    if status == 422:
        assert problem.errors[0].field in path


@pytest.mark.parametrize("path", ["/api/v1/datasets/a%2Fb", "/api/v1/a%20b", "/api/v1/%ff", "/api/v1/%22%E2%82%AC"])
async def test_instance_is_the_path_as_it_was_sent(http: httpx.AsyncClient, path: str) -> None:
    assert problem_of(await http.get(f"{path}?a=1"), 404).instance == path


async def test_many_unknown_fields_make_a_short_response(post: Post) -> None:
    problem = problem_of(await post("forward", forward() | {f"field_{n}": n for n in range(90)}), 422)
    assert len(problem.errors) == 20
    for count in (1_000, 100_000):
        problem = problem_of(await post("forward", forward() | {f"field_{n}": n for n in range(count)}), 422)
        assert [error.message for error in problem.errors] == [f"There are {count + 3} fields here"]


async def test_a_name_that_looks_like_a_missing_number_is_no_fault(post: Post) -> None:
    body = forward(network=network({**CONV, "name": "null"}, FLATTEN, DENSE), parameters=..., seed=1)
    reply = await post("forward", body)
    assert reply.status_code == 200
    assert reply.json()["traces"][0]["layers"][0]["name"] == "null"
