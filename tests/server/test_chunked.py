"""The chunked transfer coding, however the network cuts it; encoded by h11."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.chunked import MAX_STEPS, ChunkedDecoder
from app.server.request_head import InvalidRequestError

LIMIT = 1_000


def encoded(chunks: list[bytes], trailers: list[tuple[bytes, bytes]]) -> bytes:
    """The body of a request as h11 sends it."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "a"), ("Transfer-Encoding", "chunked")]))
    sent = [connection.send(h11.Data(data=chunk)) for chunk in chunks]
    return b"".join([*filter(None, sent), connection.send(h11.EndOfMessage(headers=trailers)) or b""])


def decoded(data: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    """The content, and what is left unread after it, if `data` comes in pieces that end at `cuts`."""
    decoder, content, start = ChunkedDecoder(LIMIT), b"", 0
    for stop in sorted({*(cut % len(data) for cut in cuts), len(data)}):
        piece, end = data[start:stop], 0
        while end < len(piece) and not decoder.finished:
            part, end = decoder.decode(piece, end)
            content += part
        start = stop
        if decoder.finished:
            return content, data[stop - len(piece) + end :]
    raise AssertionError("its end has not been found")


@given(
    st.lists(st.binary(max_size=40), max_size=10),
    st.lists(st.just((b"x-sum", b"1; 2")), max_size=3),
    st.binary(max_size=20),
    st.lists(st.integers(min_value=0), max_size=20),
)
def test_decoder_stops_at_the_end_of_the_body(
    chunks: list[bytes], trailers: list[tuple[bytes, bytes]], following: bytes, cuts: list[int]
) -> None:
    assert decoded(encoded(chunks, trailers) + following, cuts) == (b"".join(chunks), following)


def test_every_cut_gives_the_same() -> None:
    data = encoded([b"abc", b"\r\n0\r\n\r\n", b"z" * 17], [(b"x", b"y")]) + b"GET"
    assert all(decoded(data, [cut]) == (b"abc\r\n0\r\n\r\n" + b"z" * 17, b"GET") for cut in range(len(data)))
    assert decoded(data, list(range(len(data)))) == (b"abc\r\n0\r\n\r\n" + b"z" * 17, b"GET")


@pytest.mark.parametrize(
    ("length", "fits"),
    # "0", the end of the line, and the two lines around the value, which are 5 bytes: "x:" before and the end after.
    [(LIMIT - 4, True), (LIMIT + 20, False)],
)
def test_trailers_are_bounded(length: int, fits: bool) -> None:
    data = b"0\r\nx:" + b"v" * length + b"\r\n\r\n"
    if fits:
        assert decoded(data, []) == (b"", b"")
        return
    with pytest.raises(InvalidRequestError) as refused:
        decoded(data, list(range(len(data))))
    assert refused.value.status == 431


def test_many_chunks_are_decoded_in_several_steps() -> None:
    data = encoded([b"a"] * (2 * MAX_STEPS + 1), [])
    content, position = ChunkedDecoder(LIMIT).decode(data, 0)
    assert content == b"a" * MAX_STEPS
    assert position == len(b"1\r\na\r\n") * MAX_STEPS
    assert decoded(data, []) == (b"a" * (2 * MAX_STEPS + 1), b"")
