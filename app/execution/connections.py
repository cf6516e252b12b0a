"""Bounds the number of connections, and shares them between clients."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Final, Protocol

MAX_REFUSED: Final = 64
"""Refused connections that stay open until their client has read the response."""


class Connection(Protocol):
    """A connection that may be closed to make room for another."""

    def evict(self) -> None:
        """Close the connection."""


class _Client:
    """The connections of one client address, each oldest first."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.waiting: dict[Connection, None] = {}
        self.busy: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self.waiting) + len(self.busy)


class ConnectionLimiter:
    """Bounds the number of open connections, and closes some to make room where the limit is reached.

    A connection is waiting while the client has to send: it is idle, or its request has not arrived in full. It is
    busy from then on to the end of the response.

    Parameters
    ----------
    limit
        Connections at once.
    proxies
        Addresses and networks of proxies, whose connections belong to many clients.
    """

    def __init__(self, limit: int, proxies: Iterable[str] = ()) -> None:
        self._limit = limit
        self._proxies = [ip_network(proxy) for proxy in proxies]
        self._clients: dict[str, _Client] = {}
        self._client_of: dict[Connection, _Client] = {}
        self._refused: dict[Connection, None] = {}

    def admit(self, connection: Connection, key: str) -> bool:
        """Count a new connection, and return True if it may stay.

        Where the limit is reached, the client with the most connections loses the one that has waited longest. Busy
        connections are safe, unless their client holds more than half of all and the new one belongs to another.
        """
        client = self._clients.get(key) or self._clients.setdefault(key, _Client(key))
        client.waiting[connection] = None
        self._client_of[connection] = client
        if len(self._client_of) <= self._limit:
            return True
        victim = self._victim(client, connection)
        if victim is not None:
            self.remove(victim)
            victim.evict()
            return True
        self.remove(connection)
        if len(self._refused) >= MAX_REFUSED:
            oldest = next(iter(self._refused))
            self.remove(oldest)
            oldest.evict()
        self._refused[connection] = None
        return False

    def set_waiting(self, connection: Connection, waiting: bool) -> None:
        """Record whether the connection waits for its client (True) or for the server (False)."""
        client = self._client_of.get(connection)
        if client is not None:
            before, after = (client.busy, client.waiting) if waiting else (client.waiting, client.busy)
            before.pop(connection, None)
            after[connection] = None

    def remove(self, connection: Connection) -> None:
        """Stop counting a connection."""
        self._refused.pop(connection, None)
        client = self._client_of.pop(connection, None)
        if client is not None:
            client.waiting.pop(connection, None)
            client.busy.pop(connection, None)
            if not client:
                del self._clients[client.key]

    def _victim(self, client: _Client, newcomer: Connection) -> Connection | None:
        largest = max(self._clients.values(), key=len)
        others = sorted(self._clients.values(), key=len, reverse=True) if not largest.waiting else [largest]
        for other in others:
            if len(other) < len(client):
                break
            longest = next(iter(other.waiting), newcomer)
            if longest is not newcomer:
                return longest
        if largest is not client and len(largest) > self._limit / 2 and not self._is_proxy(largest.key):
            return next(reversed(largest.busy))
        return None

    def _is_proxy(self, key: str) -> bool:
        try:
            network = ip_network(key)
        except ValueError:
            return False
        return any(network.version == proxy.version and network.overlaps(proxy) for proxy in self._proxies)
