"""nginx, for the tests that are about it."""

from tests.proxy import make_proxy

__all__ = ["make_proxy"]
