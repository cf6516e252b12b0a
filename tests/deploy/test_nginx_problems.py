"""deploy/nginx.conf: what nginx itself refuses has the form of the service's own problems."""

import re
import socket
from types import SimpleNamespace

import httpx
import pytest

from app.api.problems import TITLES
from app.api.security import security_headers
from app.schemas.limits import Limits
from app.schemas.problem import Problem
from tests.conftest import Server, free_port
from tests.proxy import MakeProxy, Proxy


@pytest.fixture(scope="module")
def proxy(server: Server, make_proxy: MakeProxy) -> Proxy:
    return make_proxy(server)


@pytest.fixture
def nobody(make_proxy: MakeProxy) -> Proxy:
    """nginx before two replicas that are both down."""
    return make_proxy(*(SimpleNamespace(port=free_port()) for _ in range(2)))


def assert_problem(reply: httpx.Response, status: int, kind: str, instance: str, prefix: str = "") -> None:
    """Check that nginx's own error has the form, and the headers, of the service's."""
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    problem = Problem.model_validate_json(reply.content)
    assert problem.type == f"{prefix}/docs#{kind}"
    assert (problem.status, problem.title, problem.errors) == (status, TITLES[kind], [])
    assert problem.instance == instance
    assert problem.detail
    for name, value in security_headers("'self'").items():
        assert reply.headers.get(name) == value
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    assert ("retry-after" in reply.headers) == (status in (429, 502, 503, 504))


def test_replicas_that_are_all_down_are_a_problem_with_retry_after(nobody: Proxy) -> None:
    reply = httpx.post(f"{nobody.url}/api/v1/forward?a=1", json={})
    assert_problem(reply, 502, "unavailable", "/api/v1/forward")
    assert reply.headers["retry-after"] == "1"


def test_body_too_long_for_nginx_is_the_services_problem(proxy: Proxy) -> None:
    reply = httpx.post(f"{proxy.url}/api/v1/forward", content=b" " * (Limits().max_body_bytes + 1))
    assert_problem(reply, 413, "body-too-large", "/api/v1/forward")


@pytest.mark.parametrize(
    ("path", "headers", "status", "kind", "instance"),
    [
        ("/metrics?a=1", {}, 404, "not-found", "/metrics"),
        ("/" + "a" * 9_000, {}, 414, "head-too-large", ""),  # nginx has not kept so long a path
        ("/kernels", {"X-Long": "a" * 9_000}, 431, "head-too-large", "/kernels"),
    ],
)
def test_request_that_nginx_refuses_is_a_problem(
    proxy: Proxy, path: str, headers: dict[str, str], status: int, kind: str, instance: str
) -> None:
    assert_problem(httpx.get(proxy.url + path, headers=headers), status, kind, instance)


@pytest.mark.parametrize(
    ("head", "status", "kind"),
    [
        (b"nonsense\r\n\r\n", 400, "not-http"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "not-http"),
        (b"TRACE / HTTP/1.1\r\nHost: five\r\n\r\n", 405, "method-not-allowed"),
        (b'GET /metrics/"},\\ HTTP/1.1\r\nHost: five\r\n\r\n', 404, "not-found"),
    ],
)
def test_request_that_is_not_http_is_a_problem(proxy: Proxy, head: bytes, status: int, kind: str) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(proxy.url).port or 0), timeout=10) as connection:
        connection.sendall(head)
        reply = connection.makefile("rb").read() if status == 400 else connection.recv(65_536)
    assert reply.startswith(b"HTTP/1.1 %d " % status)
    problem = Problem.model_validate_json(reply.partition(b"\r\n\r\n")[2])
    assert (problem.type, problem.status, problem.title) == (f"/docs#{kind}", status, TITLES[kind])


def test_problems_of_nginx_name_the_path_prefix(make_proxy: MakeProxy) -> None:
    proxy = make_proxy(SimpleNamespace(port=free_port()), prefix="/five")
    assert_problem(httpx.get(f"{proxy.url}/version"), 502, "unavailable", "/five/version", "/five")
