"""Requests that break HTTP's rules, or look as if they did, and the status that RFC 9110 and RFC 9112 give them."""

from collections.abc import Iterator

import pytest

from tests.api.raw_http import exchange, statuses
from tests.conftest import MakeServer, Server

HOST = b"Host: five.test\r\n"
END = b"Connection: close\r\n\r\n"
BODY = b'{"input": [1, 2, 3, 4, 5], "kernel": [1, 0, -1]}'
POST = b"POST /api/v1/convolve HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n"
WHOLE = POST + CHUNKED + END + CHUNKS


@pytest.fixture(scope="module")
def five(make_server: MakeServer) -> Iterator[Server]:
    server = make_server(environment={"FIVEBYFIVE_REQUEST_TIMEOUT": "2"})
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.written(), server.written()


def get(*lines: bytes, target: bytes = b"/healthz", version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    return b"%s %s %s\r\n" % (method, target, version) + b"".join(line + b"\r\n" for line in lines) + END


ACCEPTED: dict[str, bytes] = {
    "a GET": get(b"Host: five.test"),
    "a blank line before": b"\r\n" + get(b"Host: five.test"),
    "a host with a port": get(b"Host: five.test:8000"),
    "a host with nothing after its colon": get(b"Host: five.test:"),
    "an IPv6 host": get(b"Host: [::1]:8000"),
    "names in capitals and spaces around values": get(b"HOST:\t five.test \t"),
    "an http URL": get(b"Host: five.test", target=b"http://five.test/healthz?a=b"),
    "an http URL in capitals": get(b"Host: five.test", target=b"HTTP://FIVE.TEST/healthz"),
    "an http URL without a path": get(b"Host: five.test", target=b"http://five.test"),
    "HTTP/1.0 without a host": get(version=b"HTTP/1.0"),
    "HTTP/1.0 with an offer of another protocol": get(
        b"Upgrade: websocket", b"Connection: Upgrade", version=b"HTTP/1.0"
    ),
    "HTTP/1.0 that expects 100-continue": get(b"Expect: 100-continue", version=b"HTTP/1.0"),
    "HTTP/1.1 with an offer of another protocol": get(b"Host: five.test", b"Upgrade: h2c", b"Connection: Upgrade"),
    "a body with a length": POST + LENGTH + END + BODY,
    "a body with an offer": POST + LENGTH + b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + END + BODY,
    "a length with spaces around": POST + b"Content-Length:  %d \r\n" % len(BODY) + END + BODY,
    "a GET with a body": get(b"Host: five.test", b"Content-Length: 5") + b"12345",
    "chunks": WHOLE + b"0\r\n\r\n",
    "chunks, coding in capitals": POST + b"Transfer-Encoding: Chunked\r\n" + END + CHUNKS + b"0\r\n\r\n",
    "chunks with an offer": POST + CHUNKED + b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + END + CHUNKS + b"0\r\n\r\n",
    "a chunk with extensions": POST + CHUNKED + END + b'%x;a;b="c"\r\n' % len(BODY) + BODY + b"\r\n0;z\r\n\r\n",
    "a chunk size with zeros before": POST + CHUNKED + END + b"000%X\r\n" % len(BODY) + BODY + b"\r\n000\r\n\r\n",
    "chunks of one byte": POST + CHUNKED + END + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n",
    "a trailer": WHOLE + b"0\r\nX-Sum: 5\r\nX-More:\r\n\r\n",
    "a trailer that forms a header": WHOLE + b"0\r\nContent-Length: 5\r\nHost: other.test\r\n\r\n",
}


@pytest.mark.parametrize("sent", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_valid_request_is_answered(five: Server, sent: bytes) -> None:
    reply = exchange(five, sent)
    assert statuses(reply) == [200]
    if BODY[:5] in sent:
        assert b"[-2.0,-2.0,-2.0]" in reply


REFUSED: dict[str, tuple[int, bytes]] = {
    "no host": (400, get()),
    "two hosts": (400, get(b"Host: five.test", b"Host: other.test")),
    "the same host twice": (400, get(b"Host: five.test", b"Host: five.test")),
    "two hosts in HTTP/1.0": (400, get(b"Host: five.test", b"Host: other.test", version=b"HTTP/1.0")),
    "an empty host": (400, get(b"Host:")),
    "a host with a space": (400, get(b"Host: five test")),
    "two hosts in one header": (400, get(b"Host: five.test, other.test")),
    "a host with a path": (400, get(b"Host: five.test/healthz")),
    "a host with a user": (400, get(b"Host: me@five.test")),
    "a host with a port that is no number": (400, get(b"Host: five.test:http")),
    "a host that is not ASCII": (400, get(b"Host: f\xc3\xbcnf.test")),
    "a relative target": (400, get(b"Host: five.test", target=b"healthz")),
    "an authority as a target": (400, get(b"Host: five.test", target=b"five.test:80")),
    "an ftp URL": (400, get(b"Host: five.test", target=b"ftp://five.test/healthz")),
    "an http URL without a host": (400, get(b"Host: five.test", target=b"http:///healthz")),
    "an http URL with a user": (400, get(b"Host: five.test", target=b"http://me@five.test/healthz")),
    "a target with a fragment": (400, get(b"Host: five.test", target=b"/healthz#top")),
    "a target with a space": (400, get(b"Host: five.test", target=b"/health z")),
    "a target with NUL": (400, get(b"Host: five.test", target=b"/healthz\x00")),
    "a target that is not ASCII": (400, get(b"Host: five.test", target=b"/h\xc3\xa9althz")),
    "an asterisk for GET": (400, get(b"Host: five.test", target=b"*")),
    "no target": (400, get(b"Host: five.test", target=b"")),
    "CONNECT": (400, get(b"Host: five.test", target=b"five.test:443", method=b"CONNECT")),
    "CONNECT with a path": (400, get(b"Host: five.test", target=b"/healthz", method=b"CONNECT")),
    "a method in small letters": (400, get(b"Host: five.test", method=b"get")),
    "HTTP/1.2": (400, get(b"Host: five.test", version=b"HTTP/1.2")),
    "HTTP/2.0": (400, get(b"Host: five.test", version=b"HTTP/2.0")),
    "HTTP/0.9": (400, b"GET /healthz\r\n\r\n"),
    "HTTP in small letters": (400, get(b"Host: five.test", version=b"http/1.1")),
    "lines that end with LF alone": (400, b"GET /healthz HTTP/1.1\nHost: five.test\n\n"),
    "a line that ends with CR alone": (400, get(b"Host: five.test\rX: 1")),
    "a header on two lines": (400, get(b"Host: five.test", b"X: 1", b" 2")),
    "a space before the first header": (400, get(b" Host: five.test")),
    "a space before a colon": (400, get(b"Host : five.test")),
    "a header without a colon": (400, get(b"Host: five.test", b"X")),
    "a header without a name": (400, get(b"Host: five.test", b": 1")),
    "a header name with a space": (400, get(b"Host: five.test", b"X Y: 1")),
    "NUL in a header": (400, get(b"Host: five.test", b"X: 1\x002")),
    "a control character in a header": (400, get(b"Host: five.test", b"X: 1\x7f2")),
    "a length and chunks": (400, POST + LENGTH + CHUNKED + END + CHUNKS + b"0\r\n\r\n"),
    "chunks and a length": (400, POST + CHUNKED + LENGTH + END + CHUNKS + b"0\r\n\r\n"),
    "two lengths": (400, POST + LENGTH + b"Content-Length: 5\r\n" + END + BODY),
    "the same length twice": (400, POST + LENGTH + LENGTH + END + BODY),
    "a list of lengths": (400, POST + b"Content-Length: 48, 48\r\n" + END + BODY),
    "a negative length": (400, POST + b"Content-Length: -1\r\n" + END + BODY),
    "a length with a sign": (400, POST + b"Content-Length: +48\r\n" + END + BODY),
    "a length in hexadecimal": (400, POST + b"Content-Length: 0x30\r\n" + END + BODY),
    "an empty length": (400, POST + b"Content-Length:\r\n" + END + BODY),
    "a length of 40 digits": (400, POST + b"Content-Length: 4%s\r\n" % (b"8" * 39) + END + BODY),
    "chunks in HTTP/1.0": (400, WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n"),
    "chunked that is not last": (400, POST + b"Transfer-Encoding: chunked, gzip\r\n" + END + CHUNKS),
    "chunked twice": (400, POST + CHUNKED + CHUNKED + END + CHUNKS + b"0\r\n\r\n"),
    "chunked with a parameter": (400, POST + b"Transfer-Encoding: chunked;q=1\r\n" + END + CHUNKS + b"0\r\n\r\n"),
    "identity": (400, POST + b"Transfer-Encoding: identity\r\n" + END + BODY),
    "an empty transfer coding": (400, POST + b"Transfer-Encoding:\r\n" + END + BODY),
    "another coding inside of chunks": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n" + END + CHUNKS),
    "a chunk size that is no number": (400, POST + CHUNKED + END + b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with a sign": (400, POST + CHUNKED + END + b"+2\r\n{}\r\n0\r\n\r\n"),
    "a negative chunk size": (400, POST + CHUNKED + END + b"-2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with 0x": (400, POST + CHUNKED + END + b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with a space": (400, POST + CHUNKED + END + b"2 \r\n{}\r\n0\r\n\r\n"),
    "a chunk size of 17 digits": (400, POST + CHUNKED + END + b"00000000000000002\r\n{}\r\n0\r\n\r\n"),
    "no chunk size": (400, POST + CHUNKED + END + b"\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than its size": (400, POST + CHUNKED + END + b"1\r\n{}\r\n0\r\n\r\n"),
    "a chunk size that ends with LF alone": (400, POST + CHUNKED + END + b"2\n{}\r\n0\r\n\r\n"),
    "a chunk that ends with LF alone": (400, POST + CHUNKED + END + b"2\r\n{}\n0\r\n\r\n"),
    "a chunk extension with a CR": (400, POST + CHUNKED + END + b"2;a\rb\r\n{}\r\n0\r\n\r\n"),
    "a trailer without a colon": (400, WHOLE + b"0\r\nGET /healthz HTTP/1.1\r\n\r\n"),
    "a trailer on two lines": (400, WHOLE + b"0\r\nX: 1\r\n 2\r\n\r\n"),
    "a trailer that ends with LF alone": (400, WHOLE + b"0\r\nX: 1\n\r\n"),
    "a chunk extension of 100 KB": (431, POST + CHUNKED + END + b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"),
    "extensions of 100 KB together": (431, POST + CHUNKED + END + (b"1;" + b"x" * 1_000 + b"\r\n \r\n") * 100),
    "a trailer of 100 KB": (431, WHOLE + b"0\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
    "trailers of 100 KB together": (431, WHOLE + b"0\r\n" + b"X: 1\r\n" * 17_000 + b"\r\n"),
    "a header of 100 KB": (431, get(b"Host: five.test", b"X: " + b"x" * 100_000)),
    "headers of 100 KB together": (431, get(b"Host: five.test", *[b"X: 1"] * 17_000)),
    "a target of 100 KB": (431, get(b"Host: five.test", target=b"/" + b"x" * 100_000)),
}


@pytest.mark.parametrize(("status", "sent"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("followed", [False, True], ids=["", "followed"])
def test_malformed_request_is_refused_and_ends_the_connection(
    five: Server, status: int, sent: bytes, followed: bool
) -> None:
    reply = exchange(five, sent + get(b"Host: five.test") * followed)
    assert statuses(reply) == [status]
    assert b"\r\ncontent-type: application/problem+json\r\n" in reply
    assert b"\r\nconnection: close\r\n" in reply
