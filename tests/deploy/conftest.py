"""nginx, for the tests that are about it."""

from tests.proxy import make_proxy as make_proxy  # a fixture
