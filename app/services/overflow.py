"""Name the layer in which a number became too large for float64."""

from collections.abc import Iterable

import numpy as np

from ..engine.trace import ForwardTrace
from ..schemas.refusal import RefusedError


def first_overflow(traces: Iterable[ForwardTrace]) -> RefusedError:
    """What names the first layer whose output is too large for float64, if there is one."""
    for trace in traces:
        for index, layer in enumerate(trace.layers):
            if not np.isfinite(layer.output).all():
                return RefusedError.overflow(f"{layer.type} '{layer.name}'", f"network.layers.{index}")
    return RefusedError.overflow("the network", "network")
