"""GET /version: name the versions that run."""

from functools import cache

from .. import __version__
from ..engine.numerics import numerics
from ..schemas.health import Version


@cache
def version() -> Version:
    """Return the versions of this service and of what computes its numbers."""
    return Version(version=__version__, numerics=numerics())
