"""POST /evaluate: try a network with examples and write how right it is."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..engine.arrays import Array, Parameters
from ..engine.evaluation import Evaluation, evaluate_in_chunks
from ..engine.network import Network
from ..schemas.evaluate import EvaluateRequest
from ..schemas.finite import finite_json
from ..schemas.refusal import RefusedError
from .examples import batch_of
from .overflow import first_overflow
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
        yield finite_json(reply, partial(_overflow, network, parameters, examples.images, result))


def _overflow(network: Network, parameters: Parameters, images: Array, result: Evaluation) -> RefusedError:
    """What names the layer in which the first example at fault became too large."""
    bad = np.flatnonzero(~np.isfinite(result.probabilities).all(axis=1) | ~np.isfinite(result.losses))[:1]
    if not len(bad):  # each loss is finite, their sum is not
        return RefusedError.overflow("the mean loss", "examples")
    with np.errstate(all="ignore"):
        return first_overflow([network.forward(parameters, images[bad])])
