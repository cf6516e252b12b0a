"""Build the network of a request within the limits, and estimate the work on its parameters and images."""

from math import prod
from typing import Any, Final

from ..engine.network import Network
from ..engine.work import Work
from ..schemas.errors import check_limit
from ..schemas.limits import LIMIT_OF_OPTION, Limits
from ..schemas.network import NetworkSpec
from .operation import array_json_work

MAX_CACHED: Final = 128
"""Networks that are cached, which saves building and checking them again; they are immutable and hold no numbers."""
MAX_CACHED_COST: Final = 5_000
"""Multiply-adds of the largest network that is cached: it holds an index of at most 8 bytes for each."""

_cache: Final[dict[tuple[Any, ...], Network]] = {}


def network_of(spec: NetworkSpec, limits: Limits) -> Network:
    """Return the network of `spec`, without allocating its parameters.

    Raises
    ------
    RequestError
        Naming the first limit exceeded.
    EngineError
        If its layers do not fit each other.
    """
    key = (limits, spec.key())
    network = _cache.get(key)
    if network is None:
        network = _built(spec, limits)
        if network.cost() <= MAX_CACHED_COST:
            if len(_cache) >= MAX_CACHED:
                _cache.clear()  # simpler than tracking which is the oldest, and refilling is cheap
            _cache[key] = network
    return network


def _built(spec: NetworkSpec, limits: Limits) -> Network:
    check_limit(limits, "max_layers", "network.layers", "the number of layers", len(spec.layers))
    channels, height, width = spec.input_shape
    check_limit(limits, "max_channels", "network.input_shape.0", "", channels)
    check_limit(limits, "max_image_side", "network.input_shape.1", "", height)
    check_limit(limits, "max_image_side", "network.input_shape.2", "", width)
    for index, layer in enumerate(spec.layers):
        for option, limit in LIMIT_OF_OPTION.items():
            value = getattr(layer, option, 0)
            most = max(value) if isinstance(value, tuple) else value
            check_limit(limits, limit, f"network.layers.{index}.{option}", "", most)
    network = spec.network()
    for index, built in enumerate(network.layers):
        # Only now is the padding "same" a number.
        sides = [side for pair in getattr(built, "padding", ()) for side in pair]
        check_limit(limits, "max_image_side", f"network.layers.{index}.padding", "", max(sides, default=0))
    check_limit(limits, "max_elements", "network", "the number of parameters", network.parameter_count)
    return network


def parameters_work(network: Network, seed: int | None) -> Work:
    """Return the estimate of checking the parameters of a request, and of drawing them if there is a seed."""
    return Work.of(calls=2 * len(network.layers)) + (Work() if seed is None else network.init_work())


def images_work(network: Network, images: int, *, listed: bool = True) -> Work:
    """Return the estimate of making one array of the images that a request lists or a data set has.

    Parameters
    ----------
    network
        The network.
    images
        Number of images.
    listed
        True if the request lists them; False if a data set has them.
    """
    numbers = images * prod(network.input_shape)
    return Work.of(calls=8, moved=(1_000 if listed else 5) * images + numbers, kept=2 * images + numbers)


def inputs_work(network: Network, seed: int | None, images: int, *, listed: bool = True) -> Work:
    """Return the estimate of preparing a pass: parameters, images, and what depends on the shapes alone.

    Parameters
    ----------
    network
        The network.
    seed
        The request's seed.
    images, listed
        As for `images_work`.
    """
    return parameters_work(network, seed) + images_work(network, images, listed=listed) + network.setup_work


def parameters_json_work(network: Network) -> Work:
    """Return the estimate of writing arrays of the shapes of all parameters."""
    return array_json_work(*(shape for shapes in network.parameter_shapes.values() for shape in shapes.values()))
