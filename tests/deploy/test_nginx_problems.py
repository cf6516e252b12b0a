"""deploy/nginx.conf: what nginx itself refuses has the form of the service's own problems."""

import re
import socket
from types import SimpleNamespace

import httpx
import pytest

from app.http.problems import PROBLEM_TYPES
from app.http.security_headers import security_headers
from app.schemas.limits import Limits
from app.schemas.problem import Problem
from tests.conftest import Server, free_port
from tests.proxy import DEPLOYED, MakeProxy, Proxy


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
    assert (problem.status, problem.title, problem.errors) == (status, PROBLEM_TYPES[kind][0], [])
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
    assert reply.json()["detail"].endswith(f" {Limits().max_body_bytes // 2**20} MiB")


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
    assert (problem.type, problem.status, problem.title) == (f"/docs#{kind}", status, PROBLEM_TYPES[kind][0])


def test_problems_of_nginx_name_the_path_prefix(make_proxy: MakeProxy) -> None:
    proxy = make_proxy(SimpleNamespace(port=free_port()), prefix="/five")
    assert_problem(httpx.get(f"{proxy.url}/version"), 502, "unavailable", "/five/version", "/five")


def test_address_with_too_many_requests_at_once_gets_429(server: Server, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(server, changes=[("limit_conn connections 1500;", "limit_conn connections 2;")])
    port = httpx.URL(proxy.url).port or 0
    head = b"POST /api/v1/forward HTTP/1.1\r\nHost: five\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as first, socket.create_connection(("127.0.0.1", port)) as other:
        for connection in (first, other):
            connection.settimeout(10)
            connection.sendall(head)
            assert connection.recv(1_000).startswith(b"HTTP/1.1 100 "), "the body is waited for"
        assert_problem(httpx.get(f"{proxy.url}/version"), 429, "rate-limited", "/version")


LIMIT_BY_RATE = [
    (
        "# limit_req_zone $binary_remote_addr zone=calls:10m rate=50r/s;",
        "limit_req_zone $binary_remote_addr zone=calls:10m rate=1r/m;",
    ),
    (
        "# location /api/ { limit_req zone=calls burst=200 nodelay;",
        "location /api/ { limit_req zone=calls burst=2 nodelay;",
    ),
]


def test_limit_by_rate_can_be_switched_on(server: Server, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(server, changes=LIMIT_BY_RATE)
    with httpx.Client(base_url=proxy.url) as http:
        found = [http.get("/api/v1/limits") for _ in range(4)]
        page = http.get("/version")
    assert [response.status_code for response in (*found, page)] == [200, 200, 200, 429, 200]
    assert_problem(found[-1], 429, "rate-limited", "/api/v1/limits")


def test_class_of_200_behind_one_address_fits_and_leaves_connections_to_others() -> None:
    text = DEPLOYED.read_text("utf-8")
    [most] = re.findall(r"^ *limit_conn connections (\d+);", text, re.MULTILINE)
    [connections] = re.findall(r"^ *worker_connections (\d+);", text, re.MULTILINE)
    assert int(most) >= 200 * 6  # of a browser
    assert 2 * int(most) < int(connections)  # one to the client and one to a replica
    assert not re.findall(r"^ *(?:location.*)?limit_req(?:_zone)? ", text, re.MULTILINE)
