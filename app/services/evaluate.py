"""POST /evaluate: try a network with examples and write how right it is."""

from collections.abc import Iterator

import numpy as np

from ..engine.evaluation import evaluate_in_chunks
from ..engine.network import Network
from ..schemas.evaluate import EvaluateRequest
from ..schemas.finite import finite_json
from .examples import batch_of
from .parameters import resolve_parameters


def evaluate_json(request: EvaluateRequest, network: Network) -> Iterator[bytes | None]:
    """The reply at the end, and None wherever the work may be interrupted.

    Raises
    ------
    EngineError, RefusedError
        If what is asked for does not fit, or a number on the way is too large for float64.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    examples = batch_of(request.examples, network, "examples")
    for result in evaluate_in_chunks(network, parameters, examples.images, examples.labels):
        if result is None:
            yield None
            continue
        with np.errstate(all="ignore"):
            reply = {
                "predictions": result.predicted,
                "label_probabilities": result.label_probabilities,
                **({"probabilities": result.probabilities} if request.include_probabilities else {}),
                "accuracy": result.accuracy,
                "loss": result.loss,
                "confusion": result.confusion,
            }
        yield finite_json(reply)
