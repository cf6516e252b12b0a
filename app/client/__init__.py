"""A client of the API in Python, blocking (`Client`) and asyncio (`AsyncClient`), typed both ways.

>>> from fivebyfive.client import Client, EpochOut
>>> with Client("http://127.0.0.1:8000") as five:
...     reply = five.convolve([1, 2, 3, 4, 5], [1, 0, -1])
>>> reply.output
array([-2., -2., -2.])

Training is a generator of what happens; leaving it stops the work of the service:

>>> with Client() as five:
...     for event in five.train(five.experiment("ten-digits").train, epochs=20):
...         if isinstance(event, EpochOut) and event.accuracy == 1:
...             break

Requests take nested lists or numpy arrays; replies are the models of `app.schemas`, whose arrays are numpy arrays.
"""

from ..schemas.problem import DivergedProblem
from ..schemas.train import DoneOut, EpochOut, StartOut
from .async_client import AsyncClient
from .endpoints import DEFAULT_URL
from .problems import ProblemError
from .sse import TrainEvent
from .sync_client import Client

__all__ = [
    "DEFAULT_URL",
    "AsyncClient",
    "Client",
    "DivergedProblem",
    "DoneOut",
    "EpochOut",
    "ProblemError",
    "StartOut",
    "TrainEvent",
]
