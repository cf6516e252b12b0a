"""What a request leaves behind: an id, a line in the log, and numbers at /metrics."""

import json
import logging
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.main import create_app
from app.settings import Settings
from app.telemetry.logging import JsonFormatter, TextFormatter
from tests.api.bodies import by_hand, forward
from tests.api.conftest import Post, http_to

pytestmark = pytest.mark.anyio


class Lines(logging.Handler):
    """The lines that a service would write."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written += self.format(record).splitlines()

    def of(self, application: Any) -> list[dict[str, Any]]:
        """The lines since the last call."""
        application.state.access_log.write()
        written, self.written = self.written, []
        return [json.loads(line) for line in written]


@pytest.fixture
def lines(application: Any, caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logger="fivebyfive")
    application.state.access_log.write()  # what earlier tests left
    handler = Lines()
    logging.getLogger("fivebyfive").addHandler(handler)
    yield handler
    logging.getLogger("fivebyfive").removeHandler(handler)


async def numbers(http: httpx.AsyncClient) -> dict[str, float]:
    """Every sample of /metrics."""
    reply = await http.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=")
    return samples(reply.text)


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


async def test_a_request_leaves_one_line(http: httpx.AsyncClient, post: Post, application: Any, lines: Lines) -> None:
    reply = await post("forward", forward(), **{"X-Request-ID": "from-the-proxy"})
    [line] = lines.of(application)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("duration_ms") > 0
    assert line.pop("cost") > 100
    assert line.pop("message").startswith("POST /api/v1/forward 200 in ")
    assert line == {
        "level": "info",
        "logger": "fivebyfive.request",
        "request_id": "from-the-proxy",
        "method": "POST",
        "path": "/api/v1/forward",
        "status": 200,
        "bytes": int(reply.headers["content-length"]),
        "client": "127.0.0.1",
    }


async def test_a_line_has_the_routes_template_and_never_a_query(
    http: httpx.AsyncClient, application: Any, lines: Lines
) -> None:
    await http.get("/api/v1/datasets/digits?limit=1&private=yes")
    await http.head("/api/v1/kernels")
    await http.put("/api/v1/forward?private=yes")
    found = [(line["method"], line["path"], line["status"]) for line in lines.of(application)]
    assert found == [
        ("GET", "/api/v1/datasets/{id}", 422),
        ("HEAD", "/api/v1/kernels", 200),
        ("PUT", "/api/v1/forward", 405),
    ]


async def test_a_made_up_path_cannot_write_lines_of_its_own(
    http: httpx.AsyncClient, application: Any, lines: Lines
) -> None:
    await http.get("/a%0Ab%1b[31m?private=yes")
    await http.get("/" + "x" * 5_000)
    first, second = lines.of(application)
    assert (first["path"], first["problem"]) == ("/a%0Ab%1B%5B31m", "not-found")
    assert len(second["path"]) == 80


async def test_a_refusal_is_named_and_nothing_that_was_sent_is_in_its_line(
    post: Post, application: Any, lines: Lines
) -> None:
    await post("forward", b'{"image": [[0.125, "a drawing"]]}')
    [line] = lines.of(application)
    assert (line["status"], line["problem"]) == (422, "invalid-request")
    assert "drawing" not in json.dumps(line)
    assert "0.125" not in json.dumps(line)


async def test_files_and_health_checks_are_told_only_at_level_debug(
    http: httpx.AsyncClient, application: Any, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> list[str]:
        for path in ("/static/any/css/docs.css", "/healthz", "/readyz", "/metrics", "/static/any/nothing.css"):
            await http.get(path)
        return [f"{line['path']} {line['status']}" for line in lines.of(application)]

    missing = "/static/{version}/{path:path} 404"
    assert await ask() == [missing]
    caplog.set_level(logging.DEBUG, logger="fivebyfive")
    told = sorted(await ask())
    assert told == ["/healthz 200", "/metrics 200", "/readyz 200", "/static/{version}/{path:path} 200", missing]


@pytest.mark.parametrize("given", ["a", "Root=1-67891233-abcdef012345678912345678", "105445/7;o=1", "x" * 128])
async def test_an_id_is_taken_over(http: httpx.AsyncClient, given: str) -> None:
    assert (await http.get("/version", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "two words", '"quoted"', "<b>", "x" * 129, "a\tb", "é"])
async def test_an_id_that_could_do_harm_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    made = [
        (await http.get("/version", headers={"X-Request-ID": given.encode("latin-1")})).headers["x-request-id"]
        for _ in range(2)
    ]
    assert made[0] != made[1]
    for one in made:
        assert one != given
        assert 0 < len(one) < 40


async def test_a_fault_is_found_in_the_log_by_the_id_that_its_caller_was_told(lines: Lines) -> None:
    app = create_app(Settings(frame_ancestors="'none'"))

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the secret")

    async with http_to(app) as http:
        reply = await http.get("/fault", headers={"X-Request-ID": "f-1"})
    assert reply.headers["x-request-id"] == "f-1"
    assert "request f-1" in reply.json()["detail"]
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    by_level = {line["level"]: line for line in lines.of(app)}
    assert by_level["error"]["request_id"] == "f-1"
    assert by_level["error"]["message"] == "GET /fault failed: RuntimeError"
    assert (by_level["info"]["status"], by_level["info"]["outcome"]) == (500, "failed")
    assert by_level["info"]["request_id"] == "f-1"


async def test_a_client_that_leaves_before_its_reply_is_a_499(application: Any, lines: Lines) -> None:
    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def nobody_reads(message: Any) -> None:
        pytest.fail(f"there is nobody to read {message}")

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/forward", "headers": headers, "query_string": b""}
    await application(scope, leave, nobody_reads)
    [line] = lines.of(application)
    assert (line["status"], line["outcome"], line["client"]) == (499, "client went", "")


async def test_a_trace_and_what_libraries_say_are_json_too() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        about = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Failed %s", ("so",), about)
    record.color_message = "never shown"
    written = JsonFormatter().format(record)
    assert "\n" not in written
    line = json.loads(written)
    assert (line["level"], line["message"]) == ("error", "Failed so")
    assert line["exc_info"].endswith("ValueError: two\nlines")
    assert "color_message" not in line
    assert "request_id" not in line


async def test_text_is_short(http: httpx.AsyncClient, application: Any, lines: Lines) -> None:
    lines.setFormatter(TextFormatter("%(levelname)s %(message)s"))
    await http.get("/version")
    application.state.access_log.write()
    [line] = lines.written
    assert line.startswith("INFO GET /version 200 in ")
    assert line.endswith(" ms")


async def test_metrics_count_what_was_done(http: httpx.AsyncClient, post: Post) -> None:
    before = await numbers(http)
    for _ in range(3):
        assert (await post("forward", forward())).status_code == 200
    assert (await post("train", by_hand())).status_code == 200
    assert (await post("forward", b"{")).status_code == 400
    assert (await post("forward", b" " * 13_000_000)).status_code == 413
    assert (await http.get("/nowhere/1")).status_code == 404
    assert (await http.get("/nowhere/2")).status_code == 404
    after = await numbers(http)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    route = "route=/api/v1/forward"
    assert grown(f"fivebyfive_requests_total{{method=POST,{route},status=2xx}}") == 3
    assert grown(f"fivebyfive_requests_total{{method=POST,{route},status=4xx}}") == 2
    assert grown("fivebyfive_requests_total{method=GET,route=none,status=4xx}") == 2
    assert grown(f"fivebyfive_request_seconds_count{{{route}}}") == 5
    assert grown(f"fivebyfive_request_seconds_bucket{{le=+Inf,{route}}}") == 5
    assert grown(f"fivebyfive_request_seconds_sum{{{route}}}") > 0
    assert grown("fivebyfive_problems_total{kind=invalid-json}") == 1
    assert grown("fivebyfive_problems_total{kind=body-too-large}") == 1
    assert grown("fivebyfive_problems_total{kind=busy}") == 0
    assert grown("fivebyfive_multiply_adds_total{}") > 300
    assert after["process_resident_memory_bytes{}"] > 1_000_000
    assert after["fivebyfive_streams_open{}"] == 0


async def test_a_method_that_nobody_knows_makes_no_new_number(http: httpx.AsyncClient) -> None:
    await http.request("BREW", "/version")
    assert [name for name in await numbers(http) if "BREW" in name] == []


async def test_metrics_can_be_switched_off() -> None:
    async with http_to(create_app(Settings(metrics=False))) as http:
        reply = await http.get("/metrics")
    assert reply.status_code == 404
    assert reply.json()["detail"] == "Metrics are switched off"


async def test_metrics_are_no_part_of_the_described_api(http: httpx.AsyncClient) -> None:
    assert "/metrics" not in (await http.get("/openapi.json")).json()["paths"]
