"""deploy/nginx.conf: what passes, what does not, and in what form."""

import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from app.schemas.limits import Limits
from tests.api.bodies import DENSE, forward, long_training, network
from tests.api.event_stream import events_in
from tests.api.raw_http import request, statuses
from tests.conftest import MakeServer, Server, free_port
from tests.proxy import SERVED_BY, MakeProxy, Proxy, port_served_by

TRAIN = "/api/v1/train"
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def proxy(server: Server, make_proxy: MakeProxy) -> Proxy:
    return make_proxy(server)


@pytest.fixture
def http(proxy: Proxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=30) as client:
        yield client


@pytest.mark.parametrize("prefix", ["", "/five"])
def test_nginx_finds_nothing_to_say_about_the_file(server: Server, tmp_path: Path, prefix: str) -> None:
    checked = subprocess.run(
        Proxy(tmp_path, [server], prefix).command("-t", "-q"), capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_call_passes_and_its_reply_is_the_services_own(http: httpx.Client, server: Server) -> None:
    assert http.post("/api/v1/forward", json=forward()).content == (
        httpx.post(server.url + "/api/v1/forward", json=forward()).content
    )


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6Detrics", "/api/../metrics", "/five/metrics"]
)
def test_metrics_are_not_for_the_outside(proxy: Proxy, path: str) -> None:
    url = httpx.URL(proxy.url)
    with httpx.Client(base_url=proxy.url) as http:
        reply = http.send(http.build_request("GET", url.copy_with(raw_path=path.encode())))
    assert reply.status_code == 404
    assert SERVED_BY not in reply.headers or not reply.headers[SERVED_BY], "nginx itself should have refused"


def test_events_pass_as_they_happen(http: httpx.Client) -> None:
    began = time.monotonic()
    with http.stream("POST", TRAIN, json=long_training(epochs=400), headers=EVENTS) as reply:
        arrived = [time.monotonic() - began for _ in events_in(reply.iter_lines())]
    assert len(arrived) == 402
    assert arrived[0] < arrived[-1] / 2
    assert len({round(seconds, 2) for seconds in arrived}) >= 10, "they should come one after the other"


def test_a_long_reply_that_is_taken_slowly_is_not_kept_in_files_and_arrives_whole(proxy: Proxy, server: Server) -> None:
    body = forward(network=network({"type": "flatten"}, {**DENSE, "out_features": 4_000}), parameters=..., seed=0)
    url = httpx.URL(proxy.url)
    reply = b""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect(("127.0.0.1", url.port or 80))
        connection.settimeout(30)
        for _ in range(3):  # 2 MB each, more than the system takes for the connection
            connection.sendall(request("/api/v1/forward", json.dumps(body).encode()))
        connection.sendall(request("/healthz", b"", "Connection: close", method="GET"))
        time.sleep(0.5)
        while part := connection.recv(1_000_000):
            reply += part
    assert statuses(reply) == [200] * 4
    assert reply.count(httpx.post(server.url + "/api/v1/forward", json=body).content) == 3
    assert "temporary file" not in proxy.log.read_text()


def test_a_body_as_long_as_the_service_allows_passes_and_a_longer_one_is_refused_as_the_service_would(
    http: httpx.Client,
) -> None:
    most = Limits().max_body_bytes
    as_json = {"Content-Type": "application/json"}
    longest = http.post("/api/v1/forward", content=b" " * most, headers=as_json)
    assert (longest.status_code, longest.json()["type"]) == (400, "/docs#invalid-json")
    longer = http.post("/api/v1/forward", content=b" " * (most + 1), headers=as_json)
    assert (longer.status_code, longer.headers["content-type"]) == (413, "application/problem+json")
    assert {"type": "/docs#body-too-large", "title": "Content too large", "status": 413}.items() <= (
        longer.json().items()
    )


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [("/nowhere", "application/json", 404), ("/api/v1/forward", "text/plain", 415), ("/api/v1/kernels", "", 405)],
)
def test_early_response_to_a_long_body_passes(http: httpx.Client, path: str, content_type: str, status: int) -> None:
    body = b" " * Limits().max_body_bytes
    replies = [http.post(path, content=body, headers={"Content-Type": content_type}) for _ in range(5)]
    assert [reply.status_code for reply in replies] == [status] * 5


def test_what_is_compressed_stays_so_and_is_compressed_once(http: httpx.Client, server: Server) -> None:
    for path in ("/", "/api/v1/kernels"):
        ours, its = http.get(path), httpx.get(server.url + path)
        assert ours.headers.get("content-encoding") == its.headers.get("content-encoding")
        assert ours.content == its.content
    assert http.get("/").headers["content-encoding"] == "gzip"


def test_a_request_that_meets_a_dead_replica_is_answered_by_another(
    make_server: MakeServer, make_proxy: MakeProxy, server: Server
) -> None:
    other = make_server()
    with httpx.Client(base_url=make_proxy(other, server).url) as http:

        def answered() -> set[int]:
            replies = [http.post("/api/v1/forward", json=forward()) for _ in range(8)]
            assert {reply.status_code for reply in replies} == {200}
            return {port_served_by(reply.headers[SERVED_BY]) for reply in replies}

        assert answered() == {other.port, server.port}
        other.kill()
        assert answered() == {server.port}
        other.start()
        assert answered() == {other.port, server.port}, "who comes back is used at once"
    other.stop()


class Unwilling(ThreadingHTTPServer):
    """A replica that notes what it is asked and answers 503, unless `handler` does otherwise."""

    def __init__(self, handler: type[BaseHTTPRequestHandler] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler or _Refusal)
        self.port = self.server_port
        self.asked: list[Message] = []


class _Refusal(BaseHTTPRequestHandler):
    server: Unwilling

    def do_GET(self) -> None:
        self.server.asked.append(self.headers)
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def unwilling() -> Iterator[Unwilling]:
    with Unwilling() as replica:
        threading.Thread(target=replica.serve_forever, daemon=True).start()
        yield replica
        replica.shutdown()


def test_get_that_a_replica_refuses_with_503_is_answered_by_another(
    make_proxy: MakeProxy, server: Server, unwilling: Unwilling
) -> None:
    with httpx.Client(base_url=make_proxy(unwilling, server).url) as http:
        assert {http.get("/api/v1/kernels").status_code for _ in range(4)} == {200}
    assert unwilling.asked


def test_503_to_a_post_reaches_the_client(make_proxy: MakeProxy, unwilling: Unwilling) -> None:
    reply = httpx.post(make_proxy(unwilling, unwilling).url + "/api/v1/forward", json=forward())
    assert (reply.status_code, len(unwilling.asked)) == (503, 1)


def test_post_is_answered_by_the_last_replica_that_is_up(make_proxy: MakeProxy, server: Server) -> None:
    down = [SimpleNamespace(port=free_port()) for _ in range(2)]
    with httpx.Client(base_url=make_proxy(*down, server).url) as http:
        assert {http.post("/api/v1/forward", json=forward()).status_code for _ in range(6)} == {200}


def test_when_every_replica_refuses_so_does_the_proxy(make_proxy: MakeProxy, unwilling: Unwilling) -> None:
    reply = httpx.get(make_proxy(unwilling).url)
    assert (reply.status_code, len(unwilling.asked)) == (503, 1)


class _Dying(BaseHTTPRequestHandler):
    """Answer GET and keep the connection; end every other request and its connection without a response."""

    protocol_version = "HTTP/1.1"
    server: Unwilling

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        self.server.asked.append(self.headers)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def dying() -> Iterator[list[Unwilling]]:
    with contextlib.ExitStack() as ended:
        replicas = [ended.enter_context(Unwilling(_Dying)) for _ in range(3)]
        for replica in replicas:
            threading.Thread(target=replica.serve_forever, daemon=True).start()
            ended.callback(replica.shutdown)
        yield replicas


def test_post_that_ends_a_replica_is_not_sent_to_another(make_proxy: MakeProxy, dying: list[Unwilling]) -> None:
    with httpx.Client(base_url=make_proxy(*dying).url) as http:
        for _ in range(9):  # after these a proxy that keeps connections has one to each replica
            assert http.get("/").status_code == 204
        reply = http.post("/api/v1/forward", json=forward())
    assert reply.status_code == 502
    assert sum(len(replica.asked) for replica in dying) == 1


@pytest.mark.parametrize(
    ("given", "passed"), [("lesson-5.A_b", "lesson-5.A_b"), (None, "[0-9a-f]{32}"), ('"} <b>', "[0-9a-f]{32}")]
)
def test_a_request_keeps_its_name_or_gets_one_and_says_who_sent_it(
    make_proxy: MakeProxy, unwilling: Unwilling, given: str | None, passed: str
) -> None:
    proxy = make_proxy(unwilling)
    headers = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "elsewhere"}
    httpx.get(proxy.url, headers=headers | ({"X-Request-ID": given} if given else {}))
    [asked] = unwilling.asked
    assert re.fullmatch(passed, asked["X-Request-ID"])
    authority = httpx.URL(proxy.url).netloc.decode()
    assert [asked["Host"], asked["X-Forwarded-Host"], asked["X-Forwarded-Proto"], asked["X-Forwarded-For"]] == [
        authority,
        authority,
        "http",
        "127.0.0.1",
    ]
    deadline = time.monotonic() + 10  # the line is written after the reply
    while asked["X-Request-ID"] not in [json.loads(line)["request_id"] for line in proxy.log.read_text().splitlines()]:
        assert time.monotonic() < deadline, f"the proxy has not logged it, but:\n{proxy.log.read_text()}"
