"""Five by Five: a convolutional network small enough to read every number.

>>> from fivebyfive import Client
>>> with Client("http://127.0.0.1:8000") as five:
...     five.convolve([1, 2, 3, 4, 5], [1, 0, -1]).output
array([-2., -2., -2.])

In a checkout this package is called ``app``; installed, it is called ``fivebyfive``. So modules import each other by
relative imports only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import AsyncClient, Client, ProblemError

__version__ = "0.1.0"

__all__ = ["AsyncClient", "Client", "ProblemError", "__version__"]


if not TYPE_CHECKING:  # type checkers know the names from the imports above; this would make them accept any name

    def __getattr__(name: str) -> Any:
        """Load the client on first use: the engine and the service run without it."""
        if name in __all__:
            from . import client

            return getattr(client, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
