"""Who may ask, how often, from where: rate limit, cross-origin calls, host names, frames; all settings."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app import cli
from app.main import create_app
from app.middleware import rate_limit
from app.settings import Settings
from app.telemetry.request_context import RequestContext, record_cost, set_request_context
from tests.api.bodies import DENSE, eight_and_two, forward, network
from tests.api.conftest import http_to
from tests.api.event_stream import events_in

pytestmark = pytest.mark.anyio

LMS = "https://lms.example"


def http_from(application: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://five.test")


async def statuses(application: Any, *addresses: str) -> list[int]:
    found = []
    for address in addresses:
        async with http_from(application, address) as http:
            found.append((await http.get("/api/v1/limits")).status_code)
    return found


async def test_a_client_beyond_its_rate_is_told_when_to_come_back() -> None:
    app = create_app(Settings(rate_limit="2/hour"))
    async with http_from(app, "192.0.2.1") as http:
        first, second, third = [await http.post("/api/v1/forward", json=forward()) for _ in range(3)]
        page = await http.get("/")
        health = await http.get("/healthz")
    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 429]
    assert (page.status_code, health.status_code) == (200, 200)
    assert "ratelimit" not in page.headers
    assert first.headers["ratelimit-policy"] == '"client";q=2;w=3600'
    assert first.headers["ratelimit"].startswith('"client";r=1;t=')
    assert third.headers["ratelimit"].startswith('"client";r=0;t=')
    assert third.headers["content-type"] == "application/problem+json"
    assert third.json()["type"] == "/docs#rate-limited"
    assert 3_500 < int(third.headers["retry-after"]) <= 3_600
    assert "x-request-id" in third.headers
    assert "content-security-policy" in third.headers


async def test_every_client_has_its_own_rate() -> None:
    app = create_app(Settings(rate_limit="1/hour"))
    assert await statuses(app, "192.0.2.1", "192.0.2.2", "192.0.2.1") == [200, 200, 429]


async def test_an_ipv6_client_is_its_network_and_a_mapped_one_its_ipv4_address() -> None:
    app = create_app(Settings(rate_limit="1/hour"))
    assert await statuses(app, "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1") == [200, 429, 200]
    assert await statuses(app, "::ffff:192.0.2.9", "::ffff:192.0.2.8", "192.0.2.9", "made up") == [200, 200, 429, 200]


async def test_a_window_ends() -> None:
    app = create_app(Settings(rate_limit="1/second"))
    async with http_from(app, "192.0.2.1") as http:
        found = [(await http.get("/api/v1/limits")).status_code for _ in range(2)]
        while found[-1] == 429 and len(found) < 100_000:
            found.append((await http.get("/api/v1/limits")).status_code)
    assert found[0] == 200
    assert set(found[1:-1]) <= {429}
    assert found[-1] == 200


async def test_least_recently_seen_client_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_CLIENTS", 3)
    app = create_app(Settings(rate_limit="2/hour"))
    a, b, c, d = (f"192.0.2.{n}" for n in range(4))
    assert await statuses(app, a, b, b, c, a, d) == [200] * 6  # d takes the place of b
    assert await statuses(app, a, c, c) == [429, 200, 429]
    assert await statuses(app, b, b, b) == [200, 200, 429]  # counted from the start, in the place of d
    assert await statuses(app, a, c, d, d) == [429, 429, 200, 200]


async def test_clients_beyond_ten_thousand_take_no_memory() -> None:
    windows = rate_limit.FixedWindows("1/hour")
    for n in range(10_050):
        windows.add(str(n), 1)
    assert len(windows._windows) == 10_000
    assert [windows.left(str(n))[0] for n in (49, 50, 10_049)] == [1, 0, 0]


def left(response: httpx.Response) -> int:
    return int(response.headers["ratelimit"].partition("r=")[2].partition(";")[0])


COSTLY = forward(network=network({"type": "flatten"}, {**DENSE, "out_features": 500}), seed=0, parameters=...)
"""25 * 500 products, and with all else the work of some millions."""


async def test_costly_calls_use_up_more_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(rate_limit="100/hour"))
    async with http_from(app, "192.0.2.1") as http:
        assert left(await http.post("/api/v1/forward", json=COSTLY)) == 99
        monkeypatch.setattr(rate_limit, "COUNTED_COST", 1_000)
        assert left(await http.get("/api/v1/limits")) == 98
        costly = await http.post("/api/v1/forward", json=COSTLY)
        refused = await http.get("/api/v1/limits")
    assert (costly.status_code, left(costly)) == (200, 0)
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith("More than 100/hour from one address (expensive calls count more); ")
    assert await statuses(app, "192.0.2.2") == [200]


async def test_training_counts_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "COUNTED_COST", 1_000)
    app = create_app(Settings(rate_limit="999999999/hour"))
    async with http_from(app, "192.0.2.1") as http:
        streamed = await http.post("/api/v1/train", json=eight_and_two(), headers={"Accept": "text/event-stream"})
        after = await http.get("/api/v1/limits")
    start, *_ = events_in(streamed.text.splitlines())
    assert start.data["multiply_adds"] > 1_000
    assert left(after) == 999_999_999 - 2 - start.data["multiply_adds"] // 1_000


async def test_training_under_way_counts_by_the_share_that_is_done() -> None:
    async def half_of_a_training(scope: Scope, receive: Receive, send: Send) -> None:
        record_cost(6_000_000_000, share=0)
        await PlainTextResponse("begun")(scope, receive, send)
        record_cost(6_000_000_000, share=0.25)
        record_cost(6_000_000_000, share=0.5)

    set_request_context(RequestContext("", "POST", "/api/v1/train", ""))
    async with http_from(rate_limit.RateLimitMiddleware(half_of_a_training, "32/hour"), "192.0.2.1") as http:
        found = [await http.post("/api/v1/train") for _ in range(3)]
    assert [(response.status_code, left(response)) for response in found] == [(200, 31), (200, 0), (429, 0)]


async def test_refused_body_counts_as_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "COUNTED_COST", 1_000)
    async with http_from(create_app(Settings(rate_limit="9/hour")), "192.0.2.1") as http:
        assert left(await http.post("/api/v1/forward", json={})) == 8


async def test_without_the_setting_nothing_is_limited(http: httpx.AsyncClient) -> None:
    assert "ratelimit" not in (await http.get("/api/v1/limits")).headers


async def test_pages_of_named_origins_may_call_and_others_may_not() -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with http_to(create_app(Settings(cors_origins=f"{LMS}, http://localhost:3000"))) as http:
        for origin in (LMS, "http://localhost:3000"):
            allowed = await http.options("/api/v1/forward", headers={"Origin": origin} | asking)
            assert allowed.status_code == 200
            assert allowed.headers["access-control-allow-origin"] == origin
            assert "x-request-id" in allowed.headers
        called = await http.post("/api/v1/forward", json=forward(), headers={"Origin": LMS})
        refused = await http.post("/api/v1/forward", json={}, headers={"Origin": LMS})
        other = await http.options("/api/v1/forward", headers={"Origin": "https://lms.example.org"} | asking)
    assert called.headers["access-control-allow-origin"] == LMS
    assert "access-control-allow-credentials" not in called.headers
    exposed = called.headers["access-control-expose-headers"].lower()
    assert {"x-request-id", "retry-after"} <= set(exposed.split(", "))
    assert refused.status_code == 422
    assert refused.headers["access-control-allow-origin"] == LMS
    assert "access-control-allow-origin" not in other.headers


async def test_a_refusal_by_rate_can_be_read_by_pages_of_named_origins() -> None:
    async with http_to(create_app(Settings(cors_origins="*", rate_limit="1/hour"))) as http:
        replies = [await http.get("/api/v1/limits", headers={"Origin": LMS}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[1].headers["access-control-allow-origin"] == "*"


async def test_only_allowed_hosts_are_answered_but_health_checks_by_address() -> None:
    async with http_to(create_app(Settings(allowed_hosts="five.example, *.school.example"))) as http:
        for host in ("five.example", "five.example:8000", "FIVE.example", "a.school.example"):
            assert (await http.get("/version", headers={"Host": host})).status_code == 200, host
        for host in ("", "elsewhere.example", "school.example", "five.example.elsewhere.example", "10.0.0.1:8000"):
            reply = await http.get("/version", headers={"Host": host})
            assert reply.status_code == 400, host
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.json()["instance"] == "/version"
            assert "x-request-id" in reply.headers
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await http.get(path, headers={"Host": "10.0.0.1:8000"})).status_code == 200


async def test_who_may_frame_the_pages_is_a_setting() -> None:
    async with http_to(create_app(Settings(frame_ancestors=f"'self', {LMS} https://*.school.example:*"))) as http:
        policy = (await http.get("/")).headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors 'self' {LMS} https://*.school.example:*")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_FORMAT", "xml"),
        ("METRICS", "perhaps"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "127.0.0.1, proxy"),
        ("RATE_LIMIT", "120"),
        ("RATE_LIMIT", "0/minute"),
        ("RATE_LIMIT", "5/fortnight"),
        ("FRAME_ANCESTORS", ""),
        ("FRAME_ANCESTORS", "self"),
        ("FRAME_ANCESTORS", "'none' https://lms.example"),
        ("FRAME_ANCESTORS", "'self'; script-src *"),
        ("FRAME_ANCESTORS", "https://lms.example/path"),
        ("CORS_ORIGINS", "lms.example"),
        ("CORS_ORIGINS", "https://lms.example/"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "https://five.example"),
        ("ALLOWED_HOSTS", "five.*"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(f"FIVEBYFIVE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()
    with pytest.raises(SystemExit) as exit_:
        cli.main([])
    assert exit_.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"FIVEBYFIVE_{name}={value!r}: " in line
    assert "Value error" not in line


@pytest.mark.parametrize("value", ["self", "https://lms.example none"])
def test_quotes_that_a_shell_took_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    monkeypatch.setenv("FIVEBYFIVE_FRAME_ANCESTORS", value)
    with pytest.raises(SystemExit):
        cli.main([])
    word = value.split()[-1]
    asked = f"""the single quotes of '{word}' are part of the value; in a shell, write "'{word}'\""""
    assert capsys.readouterr().err == f"fivebyfive: FIVEBYFIVE_FRAME_ANCESTORS={value!r}: {asked}\n"


@pytest.mark.parametrize(
    "given",
    [
        {"trusted_proxies": ""},
        {"trusted_proxies": "10.0.0.0/8,fd00::/8 ::1"},
        {"rate_limit": "120/minute"},
        {"frame_ancestors": "'none'"},
        {"frame_ancestors": "*"},
        {"frame_ancestors": "https: http://localhost:8080"},
        {"cors_origins": "http://[::1]:3000"},
        {"allowed_hosts": "localhost,127.0.0.1,[::1],*.five.example"},
    ],
)
def test_a_right_setting_is_taken(given: dict[str, str]) -> None:
    create_app(Settings(**given))


def test_workers_without_a_place_for_their_numbers_do_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(**_: str) -> None:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryDirectory", none)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("uvicorn.Config", lambda *_, **__: pytest.fail("it started"))
    monkeypatch.setattr(cli, "_BLAS_THREADS", ())
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--workers", "2"])
    assert exit_.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "FIVEBYFIVE_METRICS" in line
