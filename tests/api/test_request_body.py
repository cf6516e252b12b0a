"""Bodies in every form: JSON that does not validate, gzip, .npy, and what is said of those that are none of it."""

import gc
import gzip
import json
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import ValidationError

from app.http import routing
from app.http.problems import BodyTooLargeError, InvalidBodyError
from app.http.request_body import PLAIN_JSON, inflate, parse_body
from app.schemas.convolve import ConvolveRequest
from app.schemas.network import NetworkRequest, NetworkSpec
from app.schemas.problem import Problem
from app.settings import Settings
from tests.api.bodies import EIGHT, TWO_CLASSES, by_hand, forward, network
from tests.api.conftest import Post
from tests.api.invalid_bodies import invalid_bodies

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("end", [b"]}", b"],", b"]}]"])
def test_the_error_of_a_refused_body_does_not_hold_its_values(end: bytes) -> None:
    lists = 50_000
    body = b'{"input":[' + b",".join([b"[[]]"] * lists) + end
    gc.collect()
    before = len(gc.get_objects())
    with pytest.raises(InvalidBodyError) as refusal:
        parse_body(ConvolveRequest, body, PLAIN_JSON, Settings())
    assert len(gc.get_objects()) - before < lists // 10
    assert refusal.value.errors


@pytest.mark.parametrize(("count", "threads"), [(50, 0), (500, 1)])
async def test_body_of_many_short_lists_is_not_parsed_on_the_event_loop(
    post: Post, monkeypatch: pytest.MonkeyPatch, count: int, threads: int
) -> None:
    parsed = []

    async def recorded(settings: Settings, parse: Any) -> Any:
        parsed.append(parse)
        return parse()

    monkeypatch.setattr(routing, "run_in_pool", recorded)
    flat = network({"type": "flatten"}, {"type": "dense", "out_features": 2}) | {"input_shape": [1, 1, 1]}
    body = {"network": flat, "seed": 0, "examples": [{"image": [[1]], "label": 0}] * count}
    assert (await post("evaluate", body)).status_code == 200
    assert len(parsed) == threads


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"\xef\xbb\xbf" + json.dumps(forward()).encode(), 400, "byte order mark"),
        (b'{"seed": %s}' % (b"9" * 5_000), 400, "A whole number is too long: at most 4,300 digits"),
        (b'{"image": [1,\n2,]}', 400, "Trailing comma at line 2, column 3"),
        (b'{"a": 1} x', 400, "Trailing characters at line 1, column 10"),
        (b'{"a": "\x01"}', 400, "Control character"),
        (b'{"a": "\\ud800"}', 400, r"A \u escape is incomplete, or half a surrogate pair"),
        (b"[" * 300, 400, "nested too deeply: at most 200 levels"),
        (b'{"image": 3, "image": [[1, 2]]}', 422, "network: Field required"),
    ],
)
async def test_invalid_json_error_names_line_and_column(post: Post, body: bytes, status: int, detail: str) -> None:
    for sent in (body, body[:-1] + b" " * 40_000 + body[-1:]):
        reply = await post("forward", sent)
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
    assert detail in (await post("forward", body)).json()["detail"]


@pytest.mark.parametrize(
    ("endpoint", "body", "field", "limit"),
    [
        ("forward", forward(network=network(*[{"type": "x"}] * 5_000)), "network.layers", "max_layers = 32"),
        ("train", by_hand(examples=[0] * 20_001), "examples", "max_examples = 20000"),
        ("train", by_hand(test=[0] * 20_001), "test", "max_examples = 20000"),
        ("forward", forward(image=..., images=["x"] * 257), "images", "max_images = 256"),
        ("replay", {"network": TWO_CLASSES, "snapshots": [0] * 1_001, "image": [[1]]}, "snapshots", "max_snapshots"),
        ("output-size", {"size": 3, "layers": [0] * 33}, "layers", "max_layers = 32"),
        ("forward", forward(parameters={f"p{n}": 0 for n in range(33)}), "parameters", "max_layers = 32"),
        ("convolve", {"input": [0] * 1_000_001, "kernel": [1]}, "input", "max_elements = 1000000"),
    ],
)
async def test_lists_are_counted_before_their_items_are_read(
    post: Post, endpoint: str, body: Any, field: str, limit: str
) -> None:
    reply = await post(endpoint, body)
    problem = Problem.model_validate_json(reply.content)
    assert (reply.status_code, problem.type) == (422, "/docs#limit-exceeded")
    assert [error.field for error in problem.errors] == [field]
    assert limit in problem.detail
    assert len(reply.content) < 2_000


@pytest.mark.parametrize(
    "kind", [["x"] * 10**5, {"x": [0] * 10**5}, "x" * 10**5, 10**100], ids=["list", "object", "string", "number"]
)
async def test_type_that_is_not_known_is_never_written_out(kind: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        NetworkSpec.model_validate({"input_shape": [1, 5, 5], "layers": [{"type": kind}]})
    [error] = refused.value.errors()
    assert len(str([error["msg"], error["ctx"]])) < 1_000
    assert error["msg"].startswith("There is no layer type ")


def test_a_layer_with_too_many_arrays_is_one_error() -> None:
    parameters = {"conv": {f"k{n}": {"a": 1} for n in range(1_000)}}
    with pytest.raises(ValidationError) as refused:
        NetworkRequest.model_validate({"network": network(), "parameters": parameters})
    assert [error["loc"] for error in refused.value.errors()] == [("parameters", "conv")]


async def test_two_million_frozen_filters_make_a_short_response(post: Post) -> None:
    conv = {"type": "conv2d", "out_channels": 1, "kernel_size": 1, "frozen_filters": [0] * 2_000_000}
    reply = await post("forward", forward(network=network(conv)))
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["field"] == "network.layers.0.frozen_filters"
    assert len(reply.content) < 2_000


async def test_bodies_that_do_not_validate_get_a_short_4xx(post: Post) -> None:
    for endpoint, about, body in invalid_bodies(seed=1, count=150, largest=200_000):
        reply = await post(endpoint, body)
        assert 400 <= reply.status_code < 500, about
        assert len(reply.content) < 20_000, about


def test_gzip_body_of_many_empty_members_is_refused() -> None:
    empty = gzip.compress(b"", mtime=0)
    assert inflate(empty * 1_023 + gzip.compress(b"{}", mtime=0), 10) == b"{}"
    with pytest.raises(InvalidBodyError, match="more than 1024 members"):
        inflate(empty * 100_000, 10)


def test_gzip_body_longer_than_a_piece_is_inflated_whole() -> None:
    content = np.random.default_rng(0).bytes(300_000)  # does not compress
    assert inflate(gzip.compress(content) + gzip.compress(content), 600_000) == content * 2
    with pytest.raises(BodyTooLargeError):
        inflate(gzip.compress(content), 299_999)


async def test_gzip_bodies_are_read(post: Post) -> None:
    plain = json.dumps(forward()).encode()
    expected = (await post("forward", plain)).content
    two_members = gzip.compress(plain[:100]) + gzip.compress(plain[100:])
    for body in (gzip.compress(plain), two_members):
        reply = await post("forward", body, **{"Content-Encoding": "gzip"})
        assert (reply.status_code, reply.content) == (200, expected)


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (gzip.compress(b"{}", mtime=0)[:-5], "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-1] + b"x", "gzip", 400),
        (b"{}", "gzip", 400),
        (b"", "gzip", 400),
        (gzip.compress(b" " * (12 * 1024 * 1024 + 1), mtime=0), "gzip", 413),
        (b"{}", "br", 415),
        (gzip.compress(b"{}", mtime=0), "gzip, gzip", 415),
    ],
)
async def test_damaged_huge_or_other_codings_are_refused(post: Post, body: bytes, coding: str, status: int) -> None:
    reply = await post("forward", body, **{"Content-Encoding": coding})
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers.get("accept-encoding") == ("gzip" if status == 415 else None)


def saved(array: Any, **options: Any) -> bytes:
    file = BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


async def send_npy(http: httpx.AsyncClient, body: bytes, call: str = "convolve?kernel=[[1]]") -> httpx.Response:
    return await http.post(f"/api/v1/{call}", content=body, headers={"Content-Type": "application/octet-stream"})


@pytest.mark.parametrize("dtype", ["f8", ">f4", "<f2", "i1", ">u8", "?"])
async def test_an_array_is_read_as_numpy_saves_it(http: httpx.AsyncClient, dtype: str) -> None:
    array = np.asfortranarray(np.array(EIGHT, dtype=dtype))
    reply = await send_npy(http, saved(array), "pool?kind=max&kernel_size=[2,2]&ceil_mode=true")
    assert reply.status_code == 200, reply.text
    assert reply.json()["output"] == [[1, 1, 0], [1, 1, 0], [1, 1, 0]]


async def test_512_by_512_random_floats_are_convolved(http: httpx.AsyncClient, post: Post) -> None:
    array = np.random.default_rng(0).random((512, 512))
    in_json = await post("convolve", {"input": array.tolist(), "kernel": [[1]]})
    in_npy = await send_npy(http, saved(array))
    assert in_json.status_code == in_npy.status_code == 200
    assert in_json.content == in_npy.content


@pytest.mark.parametrize("query", ["kernel=[[1]]&kernel=[[2]]", "kernel=[[1]]&input=[[1]]"])
async def test_query_that_says_a_field_twice_is_refused(http: httpx.AsyncClient, query: str) -> None:
    reply = await send_npy(http, saved(np.eye(2)), f"convolve?{query}")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, query.split("&")[1].split("=")[0])


async def test_npy_response_is_refused_together_with_terms(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    reply = await http.post("/api/v1/convolve?kernel=[[1]]&explain=true", content=saved(np.eye(2)), headers=headers)
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "explain")


@pytest.mark.parametrize("other", ["application/json", "application/json;q=0.5", "application/*;q=0.1", "*/*"])
async def test_terms_are_sent_as_json_where_json_is_acceptable(http: httpx.AsyncClient, other: str) -> None:
    headers = {"Content-Type": "application/octet-stream", "Accept": f"application/octet-stream, {other}"}
    reply = await http.post("/api/v1/convolve?kernel=[[1]]&explain=true", content=saved(np.eye(2)), headers=headers)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json"), reply.text
    assert len(reply.json()["terms"]) == 4
    plain = await http.post("/api/v1/convolve?kernel=[[1]]", content=saved(np.eye(2)), headers=headers)
    assert plain.headers["content-type"] == "application/octet-stream"


async def test_query_of_many_fields_is_refused(http: httpx.AsyncClient) -> None:
    query = "&".join(f"a{n}=1" for n in range(99))
    assert (await send_npy(http, saved(np.eye(2)), f"convolve?kernel=[[1]]&{query}")).status_code == 422


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("convolve?kernel=[[1,0],[0,-1]]", [[-4, -4], [-4, -4]]),
        ("pool?kind=max&kernel_size=2", [[5]]),
        ("pool?kind=average&kernel_size=2&stride=1", [[3, 4], [6, 7]]),
    ],
)
async def test_a_client_that_accepts_npy_gets_the_output_as_npy(
    http: httpx.AsyncClient, call: str, expected: Any
) -> None:
    headers = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    for array in (np.arange(1, 10).reshape(3, 3), np.asfortranarray(np.arange(1.0, 10).reshape(3, 3))):
        reply = await http.post(f"/api/v1/{call}", content=saved(array), headers=headers)
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == "application/octet-stream"
        np.testing.assert_array_equal(np.load(BytesIO(reply.content), allow_pickle=False), expected)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (saved(np.array([[1, {}]], dtype=object), allow_pickle=True), 400, "dtype object"),
        (saved(np.array([["a"]])), 400, "dtype <U1"),
        (saved(np.zeros((2, 2), dtype=complex)), 400, "dtype complex128"),
        (saved(np.zeros((2, 2)))[:-1], 400, "claims 32 bytes"),
        (saved(np.zeros((2, 2))).replace(b"(2, 2)", b"(2, 9)"), 400, "claims 144 bytes"),
        (b"PK\x03\x04", 400, "does not begin as a .npy file"),
        (b"\x93NUMPY", 400, "version"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", 400, "header"),
        (saved(np.zeros((0, 2))), 422, "at least one number"),
        (saved(np.float64(1)), 422, "0 deep"),
        (saved(np.array([[0, np.nan]])), 422, "input.0.1"),
        (saved(np.zeros((1, 1, 1))), 422, "3 deep"),
    ],
)
async def test_body_that_is_not_an_array_of_numbers_is_refused(
    http: httpx.AsyncClient, body: bytes, status: int, message: str
) -> None:
    reply = await send_npy(http, body)
    assert reply.status_code == status, reply.text
    assert message in reply.json()["detail"]


async def test_npy_is_taken_only_where_a_field_stands_for_it(http: httpx.AsyncClient) -> None:
    assert (await send_npy(http, saved(np.zeros((5, 5))), "forward")).status_code == 415
