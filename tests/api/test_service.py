"""What is true of every reply: headers, files, the last resort; and how the service is set up."""

import gzip
import logging
import re
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import ValidationError

from app import cli
from app.main import create_app
from app.schemas.network import NOTEBOOK_EIGHT, NOTEBOOK_NETWORK
from app.settings import Settings
from app.web.assets import asset_version, assets, static_url
from app.web.css_bundles import css_bundles
from app.web.paths import STATIC_DIR
from tests.api.conftest import http_to
from tests.api.raw_http import exchange
from tests.api.test_train import diverging
from tests.conftest import MakeServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/healthz", "/api/v1/kernels", "/nowhere", "/static/0/none.js"]
)
async def test_every_reply_carries_the_security_headers(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


async def test_other_origins_are_not_let_in(http: httpx.AsyncClient) -> None:
    headers = {"Origin": "http://elsewhere.test", "Access-Control-Request-Method": "POST"}
    reply = await http.options("/api/v1/forward", headers=headers)
    assert reply.status_code == 204
    assert not [name for name in reply.headers if name.startswith("access-control-")]


async def test_a_fault_of_the_server_is_a_problem_without_a_trace_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(Settings())

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the secret")

    with caplog.at_level(logging.ERROR):
        async with http_to(app) as http:
            reply = await http.get("/fault")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.json()["type"] == "/docs#internal-error"
    assert "secret" not in reply.text
    assert "GET /fault failed: RuntimeError" in caplog.text


@pytest.mark.parametrize("page", ["/", "/docs"])
async def test_the_files_of_a_page_exist_and_may_be_kept_for_ever(http: httpx.AsyncClient, page: str) -> None:
    text = (await http.get(page)).text
    urls = set(re.findall(r'(?:src|href)="(static/[^"]+)"', text))
    assert urls
    for url in urls:
        reply = await http.get(f"/{url}")
        assert reply.status_code == 200, url
        assert reply.headers["cache-control"] == "max-age=31536000, immutable"
    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', text)), "a page may ask no other host"


async def test_files_travel_compressed_where_that_is_understood(http: httpx.AsyncClient) -> None:
    url = "/" + static_url("vendor/swagger-ui/swagger-ui-bundle.js")
    plain = await http.get(url, headers={"Accept-Encoding": "identity"})
    packed = await http.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.content == plain.content
    assert gzip.decompress(assets()["vendor/swagger-ui/swagger-ui-bundle.js"].gzipped) == plain.content


@pytest.mark.parametrize("path", ["/", "/" + static_url("css/docs.css")])
@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip;q=0", False),
        ("gzip; Q=0.000, identity", False),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("*", True),
        ("*, gzip;q=0", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
        ("xgzip", False),
        ("gzip;q=much", False),
        ("", False),
    ],
)
async def test_nothing_is_compressed_that_the_client_does_not_want_so(
    http: httpx.AsyncClient, path: str, accepted: str, packed: bool
) -> None:
    headers = (await http.get(path, headers={"Accept-Encoding": accepted})).headers
    assert ("content-encoding" in headers) == packed
    assert headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("images", [1, 200])
async def test_a_long_reply_is_compressed_for_those_who_read_it_so(http: httpx.AsyncClient, images: int) -> None:
    body = {"network": NOTEBOOK_NETWORK, "seed": 0, "images": [NOTEBOOK_EIGHT] * images}
    plain, packed = [
        await http.post("/api/v1/forward", json=body, headers={"Accept-Encoding": accepted})
        for accepted in ("identity", "gzip")
    ]
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


async def test_a_short_reply_is_not_compressed(http: httpx.AsyncClient) -> None:
    assert "content-encoding" not in (await http.get("/healthz", headers={"Accept-Encoding": "gzip"})).headers


@pytest.mark.parametrize("path", ["/", "/convolution", "/docs"])
async def test_a_page_asks_for_one_stylesheet_which_holds_each_of_its_views(http: httpx.AsyncClient, path: str) -> None:
    [sheet] = re.findall(r'<link rel="stylesheet" href="([^"]+/css/pages/[^"]+)"', (await http.get(path)).text)
    joined = (await http.get("/" + sheet)).text
    names = css_bundles()[sheet.rpartition("/")[2].removesuffix(".css")]
    parts = [(STATIC_DIR / "css" / f"{name}.css").read_text("utf-8") for name in names]
    places = [joined.index(part) for part in parts]
    assert len(parts) > 3
    assert places == sorted(places)


@pytest.mark.parametrize(("path", "script"), [("/", "main.js"), ("/convolution", "convolution.js")])
async def test_a_page_fetches_ahead_what_its_script_imports_and_nothing_else(
    http: httpx.AsyncClient, path: str, script: str
) -> None:
    page = (await http.get(path)).text
    ahead = {href.partition("/js/")[2] for href in re.findall(r'<link rel="modulepreload"[^>]* href="([^"]+)"', page)}
    imported = set()
    for module in [script, *ahead]:
        text = (STATIC_DIR / "js" / module).read_text("utf-8")
        for name in re.findall(r"\bfrom '([^']+)';", text):
            imported.add((STATIC_DIR / "js" / module).parent.joinpath(name).resolve().relative_to(STATIC_DIR / "js"))
    assert {module.as_posix() for module in imported} == ahead
    assert len(ahead) > 20


async def test_a_file_carries_what_browsers_heed_on_files_and_no_more(http: httpx.AsyncClient) -> None:
    headers = (await http.get("/" + static_url("js/main.js"))).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert sum(len(name) + len(value) + 4 for name, value in headers.items()) < 350


async def test_another_versions_address_is_served_but_not_kept(http: httpx.AsyncClient) -> None:
    reply = await http.get("/static/older/css/docs.css")
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-cache"


def test_static_addresses_are_relative_to_their_page_and_exist() -> None:
    assert static_url("css/docs.css") == f"static/{asset_version()}/css/docs.css"
    assert static_url("css/docs.css", page="/a/b") == f"../static/{asset_version()}/css/docs.css"
    with pytest.raises(ValueError, match=re.escape("'css/none.css' does not exist")):
        static_url("css/none.css")


async def test_the_docs_describe_every_kind_of_problem(http: httpx.AsyncClient) -> None:
    text = (await http.get("/docs")).text
    kinds = re.findall(r'<dt id="([a-z0-9-]+)">', text)
    assert {"invalid-json", "invalid-request", "limit-exceeded", "overflow", "internal-error"} <= set(kinds)
    assert "<script>" not in text
    assert "style=" not in text


def test_all_works_under_a_path_prefix(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_ROOT_PATH": "/five"})
    with httpx.Client(base_url=server.url) as http:  # as a proxy that has taken the prefix off
        description = http.get("/openapi.json").json()
        page = http.get("/docs").text
        problem = http.get("/nowhere").json()
        kernels = http.get("/api/v1/kernels")
        streamed = http.post("/api/v1/train", json=diverging(), headers={"Accept": "text/event-stream"}).text
    assert description["servers"] == [{"url": "."}]
    assert 'href="static/' in page
    assert (problem["type"], problem["instance"]) == ("/five/docs#not-found", "/five/nowhere")
    assert '"type":"/five/docs#diverged"' in streamed
    refused = exchange(server, b"GET /nowhere HTTP/1.1\r\nX: " + b"x" * 70_000)
    assert b'"type":"/five/docs#head-too-large"' in refused
    assert b'"instance":"/five/nowhere"' in refused
    assert kernels.status_code == 200


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVEBYFIVE_PORT", "9001")
    monkeypatch.setenv("FIVEBYFIVE_MAX_IMAGE_SIDE", "33")
    settings = Settings()
    assert (settings.port, settings.max_image_side) == (9001, 33)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("WORKERS", "0"), ("ROOT_PATH", "five/"), ("LOG_LEVEL", "x")]
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
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert f"FIVEBYFIVE_{name}={value!r}" in lines[0]


def test_a_wrong_option_is_named_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--log-level", "loud"])
    assert "--log-level='loud'" in capsys.readouterr().err


def test_command_serves_where_its_options_say(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bound: list[Any] = []
    handled: dict[int, Any] = {}

    def serve(_: uvicorn.Server, sockets: list[socket.socket]) -> None:
        for listener in sockets:
            bound.append(listener.getsockname()[:2])
            listener.close()

    monkeypatch.setattr("signal.signal", handled.__setitem__)
    monkeypatch.setattr(uvicorn.Server, "run", serve)
    monkeypatch.setattr(cli, "log_config", lambda *_: None)
    monkeypatch.setattr(cli, "_BLAS_THREADS", ())
    caplog.set_level("INFO")
    cli.main(["--host", "::1", "--port", "0"])
    [(address, port)] = bound
    assert address == "::1"
    assert f"Five by Five: http://[::1]:{port}/ (API docs: http://[::1]:{port}/docs)" in caplog.messages
    with pytest.raises(SystemExit) as ended:  # what uvicorn calls once it has finished its work
        handled[signal.SIGTERM](signal.SIGTERM, None)
    assert ended.value.code == 0


def test_no_part_of_the_package_lies_elsewhere() -> None:
    from app.web.paths import STATIC_DIR, TEMPLATES_DIR

    assert (Path(STATIC_DIR) / "css").is_dir()
    assert (Path(TEMPLATES_DIR) / "base.html").is_file()
