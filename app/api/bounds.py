"""The limits, checked against what a request asks for before any array is made for it.

Over 300 lines because every call's bounds stand here together, where they can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, Final

from ..catalogue import KERNELS
from ..engine.axis import output_size
from ..engine.evaluation import CHUNK
from ..engine.exceptions import ShapeError
from ..engine.explain import count_terms
from ..engine.nearby_loss import PASSES_PER_NUMBER, measuring_cost
from ..engine.network import Network
from ..engine.training import training_cost
from ..schemas.convolve import ConvolveRequest
from ..schemas.examples import DatasetReference, ExampleSpec, count_of
from ..schemas.explain import ExplainRequest
from ..schemas.kernels import RandomKernelQuery
from ..schemas.limits import Limits
from ..schemas.network import NetworkSpec
from ..schemas.output_size import OutputSizeRequest
from ..schemas.pool import PoolRequest
from ..schemas.refusal import RefusedError
from ..schemas.responses import ResponsesRequest
from ..schemas.train import TrainRequest
from ..services.pool import pooling_of

Examples = Sequence[ExampleSpec] | DatasetReference

NETWORKS_KEPT: Final = 256
"""Networks are immutable and hold no numbers, so the ones admitted last need not be built and checked again."""
KEPT_COST: Final = 30_000
"""Only networks of at most so many multiply-adds are: they know an address of 8 bytes for at most each of these."""

COST_OF_ELEMENT: Final = 20
"""Writing a number of a reply takes about as long as this many multiply-adds."""
COST_OF_TERM: Final = 500
"""Likewise a term of `explain`, or a window with its winners."""
COST_OF_PASS: Final = 100_000
"""Likewise the calls that one forward pass consists of."""
NUMBERS_OF_EPOCH: Final = 20
"""Numbers that a report of an epoch holds besides snapshot and trace: loss, accuracy, a norm a layer."""
BYTES_OF_NUMBER: Final = 20
"""What a float64 with all its digits takes in a reply."""
PASSES_OF_EXPLAIN: Final = 3
"""One forward, and one backward, which takes about two."""

_OPTION_LIMITS: Final = {
    "out_channels": "max_channels",
    "out_features": "max_features",
    "kernel_size": "max_kernel_size",
}
LIMIT_OF_FIELD: Final = {**_OPTION_LIMITS, "epochs": "max_epochs", "size": "max_kernel_size"}
"""The limit of each field whose value alone says whether it is exceeded."""


@dataclass(frozen=True)
class Admitted:
    """A network within the limits.

    Attributes
    ----------
    cost
        Multiply-adds of one image's forward pass.
    elements
        Numbers in one image's trace.
    parameters
        Numbers in its parameters.
    """

    network: Network
    cost: int
    elements: int
    parameters: int


class Admission:
    """What one set of limits lets in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: dict[tuple[Any, ...], Admitted] = {}

    def _at_most(self, name: str, field: str, what: str, value: int) -> None:
        most: int = getattr(self._limits, name)
        if value > most:
            raise RefusedError.limit(name, most, field, what, value)

    def network(self, spec: NetworkSpec) -> Admitted:
        """The network of `spec`, if every part of it is within the limits.

        Raises
        ------
        RefusedError
            Naming the first limit exceeded.
        EngineError
            If its layers do not fit each other.
        """
        key = spec.key()
        admitted = self._kept.get(key)
        if admitted is None:
            admitted = self._admit(spec)
            if admitted.cost <= KEPT_COST:
                if len(self._kept) >= NETWORKS_KEPT:
                    self._kept.clear()  # plainer than tracking which is oldest, and as good: refilling is cheap
                self._kept[key] = admitted
        return admitted

    def _admit(self, spec: NetworkSpec) -> Admitted:
        self._at_most("max_layers", "network.layers", "the number of layers", len(spec.layers))
        channels, height, width = spec.input_shape
        self._at_most("max_channels", "network.input_shape.0", "the number of channels", channels)
        self._at_most("max_image_side", "network.input_shape.1", "height", height)
        self._at_most("max_image_side", "network.input_shape.2", "width", width)
        for index, layer in enumerate(spec.layers):
            for option, limit in _OPTION_LIMITS.items():
                value = getattr(layer, option, 0)
                most = max(value) if isinstance(value, tuple) else value
                self._at_most(limit, f"network.layers.{index}.{option}", option, most)
        network = spec.network()
        befores = (network.input_shape, *network.shapes)
        winners = sum(
            prod(before) for layer, before in zip(network.layers, befores, strict=False) if layer.type == "max_pool2d"
        )
        admitted = Admitted(
            network=network,
            cost=network.cost(),
            elements=sum(map(prod, network.shapes)) + winners,
            parameters=sum(prod(shape) for shapes in network.parameter_shapes.values() for shape in shapes.values()),
        )
        self._at_most("max_elements", "network", "the number of parameters", admitted.parameters)
        return admitted

    def forward(self, admitted: Admitted, images: int) -> int:
        """Cost of answering POST /forward for so many images.

        Raises
        ------
        RefusedError
            If it is over a limit.
        """
        where = "images" if images > 1 else "network"
        self._at_most("max_images", "images", "the number of images", images)
        self._at_most("max_elements", where, "the numbers in the reply", admitted.elements * images)
        self._at_most("max_multiply_adds", where, "the multiply-adds", admitted.cost * images)
        return (admitted.cost + COST_OF_ELEMENT * admitted.elements) * images

    def train(self, admitted: Admitted, request: TrainRequest, *, whole: bool) -> int:
        """Cost of answering POST /train.

        Parameters
        ----------
        whole
            Whether the reply is one piece, which then must not hold too many numbers; else each event must not.

        Raises
        ------
        RefusedError
            If it is over a limit.
        """
        self._at_most("max_epochs", "epochs", "the number of epochs", request.epochs)
        examples = self._examples(admitted, request.examples, "examples", request.batch_size)
        tests = 0 if request.test is None else self._examples(admitted, request.test, "test", CHUNK)
        numbers, at_once = _numbers_of_training(admitted, request, whole=whole)
        if whole:
            self._at_most("max_elements", "snapshot_every", "the numbers in the reply", at_once)
        else:
            self._at_most("max_elements", "network", "the numbers in an event", at_once)
        learning = training_cost(
            admitted.network, examples, epochs=request.epochs, batch_size=min(request.batch_size, examples)
        )
        trying = request.epochs * admitted.cost * (tests + (request.probe is not None))
        total = learning + trying + COST_OF_ELEMENT * numbers
        self._at_most("max_training_multiply_adds", "epochs", "the multiply-adds", total)
        return total

    def bytes_of_training(self, admitted: Admitted, request: TrainRequest, *, whole: bool) -> int:
        """About how many bytes of a run's reply are held at once: the event that is sent and the one after it, or all.

        All are as many, because the events are there until they have been put together.
        """
        return 2 * BYTES_OF_NUMBER * _numbers_of_training(admitted, request, whole=whole)[1]

    def evaluate(self, admitted: Admitted, spec: Examples) -> int:
        """Cost of answering POST /evaluate; raises `RefusedError` if it is over a limit."""
        count = self._examples(admitted, spec, "examples", CHUNK)
        numbers = prod(admitted.network.shapes[-1]) * count
        self._at_most("max_elements", "examples", "the numbers in the reply", numbers)
        cost = admitted.cost * count + COST_OF_ELEMENT * numbers
        self._at_most("max_training_multiply_adds", "examples", "the multiply-adds", cost)
        return cost

    def explain(self, admitted: Admitted, request: ExplainRequest) -> int:
        """Cost of answering POST /explain.

        Raises
        ------
        RefusedError
            If it is over a limit.
        EngineError
            If the network cannot be explained, or has no such number.
        """
        terms = count_terms(admitted.network, request.cells)
        self._at_most("max_terms", "cells", "the number of terms", terms)
        self._at_most("max_elements", "network", "the numbers of the pass", admitted.elements)
        passes = PASSES_OF_EXPLAIN + (PASSES_PER_NUMBER * len(request.cells) if request.check else 0)
        self._at_most("max_multiply_adds", "cells", "the multiply-adds", admitted.cost * passes)
        numbers = admitted.elements + admitted.parameters
        return admitted.cost * passes + COST_OF_ELEMENT * numbers + COST_OF_TERM * terms

    def output_size(self, request: OutputSizeRequest) -> int:
        """Cost of answering POST /output-size; raises `RefusedError` if it is over a limit."""
        self._at_most("max_signal_length", "size", "the size", request.size)
        self._at_most("max_layers", "layers", "the number of layers", len(request.layers))
        for index, layer in enumerate(request.layers):
            where = f"layers.{index}"
            self._at_most("max_signal_length", f"{where}.kernel_size", "kernel_size", layer.kernel_size)
            self._at_most("max_signal_length", f"{where}.padding", "padding", max(layer.padding))
        # A layer lists at most its padded input twice, and a padded input is at most the size and four times the limit.
        return 2 * COST_OF_ELEMENT * sum(request.size + sum(layer.padding) for layer in request.layers)

    def responses(self, request: ResponsesRequest) -> int:
        """Cost of answering POST /responses; raises `RefusedError` if it is over a limit."""
        height, width = request.image.shape
        self._at_most("max_image_side", "image", "height", height)
        self._at_most("max_image_side", "image", "width", width)
        self._at_most("max_elements", "image", "the numbers in the reply", len(KERNELS) * height * width)
        products = sum(kernel.size[0] * kernel.size[1] for kernel in KERNELS.values())
        return int((products + COST_OF_ELEMENT * len(KERNELS)) * height * width)

    def _examples(self, admitted: Admitted, spec: Examples, field: str, batch_size: int) -> int:
        """How many examples `spec` stands for, if they and a batch of so many are within the limits."""
        count = count_of(spec, field)
        self._at_most("max_examples", field, "the number of examples", count)
        batch = min(count, batch_size)
        where = "batch_size" if field == "examples" and batch_size != CHUNK else field
        self._at_most("max_batch_elements", where, "the numbers of one batch", admitted.elements * batch)
        self._at_most("max_multiply_adds", where, "the multiply-adds of one batch", admitted.cost * batch)
        return count

    def backward(self, admitted: Admitted, check: bool) -> int:
        """Cost of answering POST /backward; raises `RefusedError` if it is over a limit."""
        numbers = 2 * (admitted.elements + admitted.parameters)
        self._at_most("max_elements", "network", "the numbers in the reply", numbers * (2 if check else 1))
        self._at_most("max_multiply_adds", "network", "the multiply-adds", 3 * admitted.cost)
        cost = 3 * admitted.cost + COST_OF_ELEMENT * numbers
        if not check:
            return cost
        measuring = measuring_cost(admitted.network, COST_OF_PASS // 6)
        self._at_most("max_check_multiply_adds", "check", "the multiply-adds", measuring)
        return cost + measuring

    def replay(self, admitted: Admitted, snapshots: int) -> int:
        """Cost of answering POST /replay; raises `RefusedError` if it is over a limit."""
        self._at_most("max_snapshots", "snapshots", "the number of snapshots", snapshots)
        self._at_most("max_elements", "snapshots", "the numbers in the reply", admitted.elements * snapshots)
        self._at_most("max_multiply_adds", "snapshots", "the multiply-adds", admitted.cost * snapshots)
        return (admitted.cost + COST_OF_PASS + COST_OF_ELEMENT * admitted.elements) * snapshots

    def random_kernel(self, query: RandomKernelQuery) -> None:
        """Let GET /kernels/random pass; raises `RefusedError` if it is over a limit."""
        self._at_most("max_kernel_size", "size", "size", query.size)

    def convolve(self, request: ConvolveRequest) -> int:
        """Cost of answering POST /convolve; raises `RefusedError` if it is over a limit."""
        shape, kernel = request.input.shape, request.kernel.shape
        for field, sizes in (("input", shape), ("kernel", kernel)):
            if len(sizes) == 1:
                self._at_most("max_signal_length", field, "length", sizes[0])
            else:
                limit = "max_image_side" if field == "input" else "max_kernel_size"
                self._at_most(limit, field, "height", sizes[0])
                self._at_most(limit, field, "width", sizes[1])
        if len(shape) != len(kernel):
            return 0  # the engine says why not
        sides = _per_axis(request.padding, len(shape))
        padded: int = prod(size + sum(side) for size, side in zip(shape, sides, strict=True))
        self._at_most("max_elements", "padding", "the numbers of the padded input", padded)
        try:
            axes = zip(shape, kernel, _both(request.stride), sides, _both(request.dilation), strict=False)
            outputs: int = prod(output_size(*axis) for axis in axes)
        except ShapeError:
            return 0
        products: int = outputs * prod(kernel)
        self._at_most("max_multiply_adds", "kernel", "the multiply-adds", products)
        if request.explain:
            self._at_most("max_terms", "explain", "the number of terms", products)
        return products * (COST_OF_TERM if request.explain else 1) + COST_OF_ELEMENT * (padded + outputs)

    def pool(self, request: PoolRequest) -> int:
        """Cost of answering POST /pool; raises `RefusedError` if it is over a limit."""
        *channels, height, width = request.input.shape
        for count in channels:
            self._at_most("max_channels", "input", "the number of channels", count)
        self._at_most("max_image_side", "input", "height", height)
        self._at_most("max_image_side", "input", "width", width)
        self._at_most("max_kernel_size", "kernel_size", "kernel_size", max(request.kernel_size))
        layer = pooling_of(request)
        shape = (prod(channels), height, width)
        windows, products = prod(layer.output_shape(shape)), layer.cost(shape)
        self._at_most("max_terms", "input", "the number of windows", windows)
        # Every cell of a window may win it, and the reply lists winners.
        self._at_most("max_elements", "kernel_size", "the numbers in the windows", products)
        return products + COST_OF_TERM * windows


def _numbers_of_training(admitted: Admitted, request: TrainRequest, *, whole: bool) -> tuple[int, int]:
    """How many numbers all the events of a run hold, and how many its whole reply or else its longest event."""
    slots = len(request.optimizer.optimizer().remembered)
    snapshot, probe = admitted.parameters * (1 + slots), 0 if request.probe is None else admitted.elements
    snapshots = min(request.epochs, 1 + request.epochs // request.snapshot_every)
    numbers = snapshots * snapshot + request.epochs * (probe + NUMBERS_OF_EPOCH)
    return numbers, numbers + snapshot if whole else snapshot + probe


def _both(step: int | tuple[int, int]) -> tuple[int, int]:
    return (step, step) if isinstance(step, int) else step


def _per_axis(padding: Any, axes: int) -> tuple[tuple[int, int], ...]:
    """A padding as a pair an axis; what has another form costs nothing, as the engine refuses it."""
    if isinstance(padding, int):
        return ((padding, padding),) * axes
    if axes == 1 and isinstance(padding[0], int):
        return (padding,)
    if axes == 2 and isinstance(padding[0], tuple):
        return tuple(padding)
    return ((0, 0),) * axes


@lru_cache(maxsize=8)
def admission(limits: Limits) -> Admission:
    """The one `Admission` of these limits."""
    return Admission(limits)
