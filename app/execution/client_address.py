"""Return the key under which a client's requests are counted."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

MAX_ADDRESS_LENGTH: Final = 64
"""Characters of an address that are kept; a real one is shorter, but a proxy may forward any text."""


def client_key(client: tuple[str, int] | None) -> str:
    """Return the key of a connection's or a request's client address.

    An IPv4 address counts by itself, also when it is mapped to IPv6; an IPv6 address counts as its /64 network, because
    one client has a whole one. Text that is not an address counts as it is, and a missing address as "".
    """
    return _key_of_host(client[0][:MAX_ADDRESS_LENGTH]) if client else ""


@lru_cache(maxsize=4_096)
def _key_of_host(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, 64), strict=False))
