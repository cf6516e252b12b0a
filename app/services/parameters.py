"""Resolve the parameters of a request: given, drawn from a seed, or both."""

from collections.abc import Mapping
from typing import Any

from ..engine.arrays import Parameters
from ..engine.network import Network


def resolve_parameters(network: Network, given: Mapping[str, Mapping[str, Any]] | None, seed: int | None) -> Parameters:
    """Return the given parameters, checked; with a seed, missing arrays are drawn from it.

    Parameters
    ----------
    network
        The network.
    given
        Arrays by layer and parameter name.
    seed
        Seed of the missing arrays; None if none may be missing.

    Raises
    ------
    ParameterError
        If one is missing (and there is no seed), unknown, or of the wrong shape.
    """
    parameters: Parameters = network.init(seed) if seed is not None else {}
    for name, arrays in (given or {}).items():
        parameters[name] = {**parameters.get(name, {}), **arrays}
    network.check_parameters(parameters)
    return parameters
