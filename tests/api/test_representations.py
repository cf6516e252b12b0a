"""What clients get besides the numbers: methods, redirects, pages for people, and what they may keep."""

import gzip
import re
from typing import Any

import httpx
import pytest

from app.execution.drain import Phase
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import http_to
from tests.api.raw_http import exchange
from tests.conftest import Server

pytestmark = pytest.mark.anyio

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PAGES = ["/", "/convolution", "/docs", "/openapi.json", "/healthz", "/readyz", "/version", "/metrics"]
CONSTANT = [
    "/",
    "/convolution",
    "/docs",
    "/openapi.json",
    "/version",
    "/api/v1/limits",
    "/api/v1/kernels",
    "/api/v1/kernels/random?size=9&seed=4",
    "/api/v1/patterns",
    "/api/v1/datasets",
    "/api/v1/datasets/digits",
    "/api/v1/datasets/handwriting?split=test&limit=1000",
    "/api/v1/experiments",
    "/api/v1/experiments/ten-digits",
]
GETS = [*PAGES, "/static/0/css/base.css", "/api/v1/kernels", "/api/v1/datasets/digits", "/api/v1/limits"]


@pytest.mark.parametrize(
    ("paths", "allowed"),
    [(GETS, "GET, HEAD, OPTIONS"), (["/api/v1/train", "/api/v1/convolve", "/api/v1/output-size"], "POST, OPTIONS")],
)
async def test_options_and_405_list_the_methods_of_a_path(
    http: httpx.AsyncClient, paths: list[str], allowed: str
) -> None:
    for path in paths:
        told = await http.options(path)
        assert (told.status_code, told.headers["allow"], told.content) == (204, allowed, b""), path
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"} - set(allowed.split(", ")):
            refused = await http.request(method, path)
            assert (refused.status_code, refused.headers["allow"]) == (405, allowed), (method, path)


async def test_options_is_404_for_unknown_paths_and_204_for_the_server(http: httpx.AsyncClient, server: Server) -> None:
    assert (await http.options("/nowhere")).status_code == 404
    told = exchange(server, b"OPTIONS * HTTP/1.1\r\nHost: five.test\r\nConnection: close\r\n\r\n").lower()
    assert told.startswith(b"http/1.1 204")
    assert b"allow: get, head, options\r\n" in told


@pytest.mark.parametrize("path", GETS)
async def test_head_is_answered_wherever_get_is(http: httpx.AsyncClient, path: str) -> None:
    head, get = await http.head(path), await http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    differing = {"x-request-id", "content-length"} if path == "/metrics" else {"x-request-id"}
    assert [h for h in head.headers.items() if h[0] not in differing] == [
        h for h in get.headers.items() if h[0] not in differing
    ]


@pytest.mark.parametrize("path", CONSTANT)
async def test_constant_response_is_compressed_once_and_revalidated_by_etag(http: httpx.AsyncClient, path: str) -> None:
    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    packed = await http.get(path, headers={"Accept-Encoding": "gzip"})
    assert plain.content == packed.content
    assert plain.headers["cache-control"] == packed.headers["cache-control"] == "no-cache"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    if len(plain.content) > 1_024:
        assert packed.headers["content-encoding"] == "gzip"
        assert plain.headers["etag"] != packed.headers["etag"]
    for reply, accepted in ((plain, "identity"), (packed, "gzip")):
        etag = reply.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]+(-gzip)?"', etag)
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            kept = await http.get(path, headers={"Accept-Encoding": accepted, "If-None-Match": known})
            assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", etag)
            assert kept.headers["cache-control"] == "no-cache"
            assert kept.headers["vary"] == "Accept-Encoding"
            assert "content-type" not in kept.headers
        changed = await http.get(path, headers={"Accept-Encoding": accepted, "If-None-Match": '"other"'})
        assert (changed.status_code, changed.content) == (200, plain.content)


async def test_the_etag_follows_the_content() -> None:
    one, two = create_app(Settings(max_epochs=5)), create_app(Settings(max_epochs=6))
    async with http_to(one) as http, http_to(two) as more:
        for path in ("/api/v1/limits", "/openapi.json"):
            assert (await http.get(path)).headers["etag"] != (await more.get(path)).headers["etag"]


async def test_changing_response_is_not_cached(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/nowhere", "/api/v1/datasets/nothing"):
        assert (await http.get(path)).headers["cache-control"] == "no-store"


async def test_the_description_is_compressed_well_and_counted_under_its_route(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"}) as reply:
        raw = b"".join([part async for part in reply.aiter_raw()])
    assert len(raw) < len(gzip.decompress(raw)) / 5
    metrics = (await http.get("/metrics")).text
    assert 'fivebyfive_requests_total{method="GET",route="/openapi.json",status="2xx"}' in metrics


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/convolution/", "/convolution"),
        ("/docs/", "/docs"),
        ("/docs///", "/docs"),
        ("/version/", "/version"),
        ("/convolution/?a=1&b=%2F/", "/convolution?a=1&b=%2F/"),
    ],
)
async def test_a_page_with_a_slash_too_many_is_redirected(http: httpx.AsyncClient, asked: str, location: str) -> None:
    for method in ("GET", "HEAD"):
        reply = await http.request(method, asked)
        assert (reply.status_code, reply.headers["location"]) == (307, location)


async def test_a_redirect_keeps_the_prefix_of_a_proxy() -> None:
    transport = httpx.ASGITransport(create_app(Settings()), root_path="/five")
    async with httpx.AsyncClient(transport=transport, base_url="http://five.test") as http:
        assert (await http.get("/five/docs/?x=1")).headers["location"] == "/five/docs?x=1"


@pytest.mark.parametrize(
    "path", ["//elsewhere.test/", "/%2F/elsewhere.test/", "/nowhere/", "/static/0/", "/api/v1/kernels/"]
)
async def test_nothing_else_is_redirected(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"http://five.test{path}")).status_code == 404


@pytest.mark.parametrize("path", ["/nowhere", "/no/where/at/all", "/static/0/none.js", "/a//b/", "/convolution/x"])
async def test_a_browser_gets_a_page_with_the_ways_back(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(path, headers={"Accept": BROWSER})
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert reply.headers["vary"] == "Accept"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert "<h1" in reply.text
    assert "style=" not in reply.text
    assert "<script>" not in reply.text
    links = re.findall(r'(?:href|src)="([^"#]+)"', reply.text)
    assert len(links) > 5
    for link in links:
        assert not link.startswith("/")  # it holds under any prefix
        assert (await http.get(httpx.URL(f"http://five.test{path}").join(link))).status_code == 200, link
    json = await http.get(path)
    assert json.headers["content-type"] == "application/problem+json"
    assert json.headers["vary"] == "Accept"


async def test_the_page_of_a_problem_holds_under_a_prefix() -> None:
    transport = httpx.ASGITransport(create_app(Settings()), root_path="/five")
    async with httpx.AsyncClient(transport=transport, base_url="http://five.test") as http:
        reply = await http.get("/five/no/where", headers={"Accept": BROWSER})
    links = {
        str(httpx.URL("http://five.test/five/no/where").join(link))
        for link in re.findall(r'href="(\.[^"#]+)"', reply.text)
    }
    assert {"http://five.test/five/", "http://five.test/five/convolution", "http://five.test/five/docs"} <= links
    assert all(link.startswith("http://five.test/five/") for link in links)


async def test_error_page_does_not_contain_the_path(http: httpx.AsyncClient) -> None:
    reply = await http.get("/<script>alert(1)</script>", headers={"Accept": BROWSER})
    assert reply.status_code == 404
    assert "alert" not in reply.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/nowhere", BROWSER),
        ("/api/v1", BROWSER),
        ("/api/v1/datasets/nothing", BROWSER),
        ("/nowhere", "*/*"),
        ("/nowhere", "application/json, text/html"),
        ("/nowhere", "application/json, text/html;q=0.9"),
        ("/nowhere", "text/html;q=0"),
        ("/nowhere", ""),
    ],
)
async def test_programs_get_a_problem(http: httpx.AsyncClient, path: str, accept: str) -> None:
    reply = await http.get(path, headers={"Accept": accept})
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/", 405), ("DELETE", "/docs", 405)])
async def test_other_problems_of_pages_are_pages_too(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    reply = await http.request(method, path, headers={"Accept": BROWSER})
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "GET, HEAD, OPTIONS" in reply.text


async def test_errors_of_pages_are_pages_for_any_status_and_host() -> None:
    app: Any = create_app(Settings(allowed_hosts="five.test"))

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the secret")

    app.state.drain.phase = Phase.DRAINING
    async with http_to(app) as http:
        for path, status in (("/fault", 500), ("/readyz", 503)):
            reply = await http.get(path, headers={"Accept": BROWSER})
            assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
            assert "secret" not in reply.text
            assert "content-security-policy" in reply.headers
        elsewhere = await http.get("/", headers={"Accept": BROWSER, "Host": "elsewhere.test"})
    assert (elsewhere.status_code, elsewhere.headers["content-type"]) == (400, "text/html; charset=utf-8")
