"""POST /explain: explain numbers of one image's passes and write the response."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.arrays import Parameters
from ..engine.explain import explain
from ..engine.explain.explanation import Explanation
from ..engine.network import Network
from ..schemas.explain import ExplainRequest
from ..schemas.json_bytes import to_json

_OPTIONAL = ("grids", "order", "winners", "check", "update")


def explain_json(
    network: Network, parameters: Parameters, image: NDArray[np.float64], request: ExplainRequest
) -> bytes:
    """Explain and write the reply.

    Raises
    ------
    EngineError
        If a label is needed, or is no class, or a number is too large for float64.
    """
    explanations = explain(
        network,
        parameters,
        image,
        request.cells,
        label=request.label,
        check=request.check,
        learning_rate=request.learning_rate,
    )
    return to_json({"explanations": [explanation_out(explanation) for explanation in explanations]})


def explanation_out(explanation: Explanation) -> dict[str, Any]:
    """An explanation without the parts that it does not have; what is inside, `to_json` writes by itself."""
    names = explanation.__slots__
    return {name: value for name in names if (value := getattr(explanation, name)) is not None or name not in _OPTIONAL}
