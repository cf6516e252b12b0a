"""Requests as bytes on a socket, for what no client library would send."""

import re
import socket
from contextlib import suppress

from tests.conftest import Server


def request(path: str, body: bytes, *headers: str, method: str = "POST", length: int | None = None) -> bytes:
    """A whole request; `length` is what it says of its body, if that is not the truth."""
    given = [f"Content-Length: {len(body) if length is None else length}", *headers]
    if not any(header.startswith("Content-Type:") for header in headers):
        given.append("Content-Type: application/json")
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: five.test", *given, "", ""])
    return head.encode("latin-1") + body


def exchange(server: Server, sent: bytes, *, leave: bool = False, seconds: float = 10) -> bytes:
    """All that the server answers until it closes the connection.

    Parameters
    ----------
    leave
        Whether to say that nothing more will be sent.
    seconds
        How long it may be silent.
    """
    reply = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        with suppress(ConnectionError):  # it may have been closed before all was sent
            connection.sendall(sent)
            if leave:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                reply += part
    return reply


def statuses(reply: bytes) -> list[int]:
    """The status of each reply in what a connection brought."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", reply)]
