"""POST /evaluate: evaluate a network on examples and write the response."""

from collections.abc import Iterator
from functools import partial
from math import prod

import numpy as np

from ..engine.evaluation import evaluate_in_chunks, evaluation_work
from ..engine.network import Network
from ..engine.work import Work
from ..schemas.errors import check_limit
from ..schemas.evaluate import EvaluateRequest
from ..schemas.limits import Limits
from ..schemas.serialization import finite_json_in_slices
from .examples import batch_of, examples_of
from .networks import inputs_work, network_of
from .operation import Operation, answered, json_work
from .parameters import resolve_parameters


def evaluate(request: EvaluateRequest, limits: Limits) -> Operation[bytes]:
    """Return the operation of POST /evaluate.

    Raises
    ------
    EngineError, RequestError
        If the network does not fit, or a limit is exceeded.
    """
    network = network_of(request.network, limits)
    examples, classes = examples_of(request.examples, limits, "examples"), prod(network.shapes[-1])
    check_limit(limits, "max_elements", "network", "the number of cells of the confusion matrix", classes**2)
    numbers = examples * (classes if request.include_probabilities else 1) + classes**2
    check_limit(limits, "max_elements", "examples", "the number of values in the response", numbers)
    inputs = inputs_work(network, request.seed, examples, listed=isinstance(request.examples, list))
    evaluation, chunk = evaluation_work(network, examples)
    # The confusion matrix is counted, and then written.
    counts = Work.of(calls=20, moved=2 * classes**2, kept=classes**2, temporary=2 * examples)
    response = json_work(
        numbers=numbers - classes**2 + examples, rows=examples + classes, integers=examples + classes**2
    )
    work = answered(inputs + evaluation + counts, response)
    longest = max(inputs.cost + chunk.cost, counts.cost + response.cost)
    return Operation(work, partial(_evaluate, request, network), "network", longest, "examples")


def _evaluate(request: EvaluateRequest, network: Network) -> Iterator[bytes | None]:
    """Yield the response at the end, and None wherever the work may be interrupted.

    Raises
    ------
    EngineError, RequestError
        If what is asked for does not fit, or a number on the way is too large for float64.
    """
    parameters = resolve_parameters(network, request.parameters, request.seed)
    examples = batch_of(request.examples, network, "examples")
    for result in evaluate_in_chunks(network, parameters, examples.images, examples.labels):
        if result is None:
            yield None
            continue
        with np.errstate(all="ignore"):
            response = {
                "predictions": result.predicted,
                "label_probabilities": result.label_probabilities,
                **({"probabilities": result.probabilities} if request.include_probabilities else {}),
                "accuracy": result.accuracy,
                "loss": result.loss,
                "confusion": result.confusion,
            }
        yield from finite_json_in_slices(response)
