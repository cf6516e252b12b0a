"""What every layer is: a frozen record of hyper-parameters and five pure functions of it."""

# ruff: noqa: ARG002 (all layers' methods take the same arguments, needed or not)

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from math import prod
from typing import ClassVar, TypeAlias

import numpy as np

from .. import ties
from ..arrays import Array, BoolArray, Cache, FloatType, LayerParameters, Shape
from ..exceptions import ShapeError, bracketed
from ..initializers import draw
from ..work import Work
from .options import hints_of, normalize

Forward: TypeAlias = Callable[[LayerParameters, Array], tuple[Array, Cache]]


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A step of a network: hyper-parameters, and pure functions of them.

    A layer holds no arrays. Its parameters come in with each call, and what `backward` needs of the forward pass
    goes out as `cache`; so one layer may serve any number of passes at once. Arrays carry the batch axis first,
    shapes never do. float32 stays float32, float64 stays float64, and no argument is ever written to.
    """

    type: ClassVar[str]
    COST_OF_NUMBER: ClassVar[int] = 10
    """Multiply-adds that take as long as one number's step of a formula, where that is no matrix product."""

    name: str = field(default="", metadata={"doc": "Unique in its network; empty: the network chooses one."})

    def __post_init__(self) -> None:
        hints = hints_of(type(self))
        for option in fields(self):
            value = normalize(
                hints[option.name],
                getattr(self, option.name),
                where=self.label,
                field=option.name,
                metadata=option.metadata,
            )
            object.__setattr__(self, option.name, value)

    @property
    def label(self) -> str:
        """How errors call this layer: ``conv2d 'conv'``."""
        return f"{self.type} '{self.name}'" if self.name else self.type

    @abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape that an input of `input_shape` becomes; raises `ShapeError` if it does not fit this layer."""

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Shape of each parameter by name; empty for a layer that has none."""
        return {}

    def init(self, rng: np.random.Generator, input_shape: Shape, dtype: FloatType = np.float64) -> dict[str, Array]:
        """Fresh parameters drawn in the order of `parameter_shapes`, by the layer's initialiser if it has one."""
        return draw(getattr(self, "initialiser", "notebook"), rng, self.parameter_shapes(input_shape), dtype)

    @abstractmethod
    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Output for a batch `x` that fits, and the cache that `backward` takes."""

    def forward_single(self, input_shape: Shape) -> Forward:
        """Forward for batches of one image of this shape, with what follows from the shape worked out beforehand.

        The same numbers as `forward`; a network asks for it once. A layer that has nothing to gain keeps this one.
        """
        return self.forward

    def forward_in_order(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """As `forward`, with every sum added in one fixed order, whatever the batch and the BLAS; slower.

        A layer that adds nothing up keeps this one.
        """
        return self.forward(parameters, x)

    @abstractmethod
    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradients of a scalar by the input and by each parameter, from its gradient by the output."""

    def tolerance(self, parameters: LayerParameters, x: Array, of_input: Array, *, in_order: bool = False) -> Array:
        """Return the tolerance of each number of the output (see `ties`).

        This is that of a layer which rounds nothing, and whose outputs never fall when an input rises.

        Parameters
        ----------
        parameters, x
            As for `forward`.
        of_input
            The tolerance of each number of `x`.
        in_order
            Whether to add every sum in the order of `forward_in_order`.
        """
        output = self.forward(parameters, x)[0]
        above, below = (self.forward(parameters, end)[0] for end in (x + of_input, x - of_input))
        tolerance: Array = np.maximum(above - output, output - below)
        return tolerance

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """Return a bound on every number of `tolerance`, from a bound on those of the input: one number, quickly had.

        This is that of a layer whose slopes are at most 1; a steeper one, or one that overrides `tolerance`, overrides
        this too.
        """
        return of_input

    def cost(self, input_shape: Shape) -> int:
        """Multiply-adds (or comparisons) that one image's forward takes."""
        return prod(self.output_shape(input_shape))

    def setup_work(self, input_shape: Shape) -> Work:
        """Estimate of what follows from the shapes alone and is worked out once for a network, such as an index."""
        return Work()

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """Estimate of `forward` of a batch; it leaves the output and the cache.

        This one is of a layer that makes at most eight arrays as large as its input and output. A layer that makes
        others, or calls numpy more than some twenty times, overrides it.
        """
        numbers = images * (prod(input_shape) + prod(self.output_shape(input_shape)))
        return Work.of(
            products=self.COST_OF_NUMBER * images * self.cost(input_shape),
            calls=20,
            kept=4 * numbers,
            temporary=4 * numbers,
        )

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """Estimate of `backward` of a batch; it leaves the gradients. As `forward_work`, if not overridden."""
        parameters = sum(map(prod, self.parameter_shapes(input_shape).values()))
        return self.forward_work(input_shape, images) + Work.of(kept=parameters, temporary=images * parameters)

    def decision_work(self, input_shape: Shape, images: int) -> Work:
        """Estimate of `tolerance_bound`, and of `DecidingLayer.is_clear`."""
        weights = sum(map(prod, self.parameter_shapes(input_shape).values()))
        return Work.of(calls=10, moved=2 * weights + images * prod(input_shape), temporary=2 * weights)

    def winners_work(self, input_shape: Shape, images: int) -> Work:
        """Estimate of `winners`; it leaves one byte for each cell of the input, or nothing where there are none."""
        return Work()


@dataclass(frozen=True, kw_only=True)
class DecidingLayer(Layer):
    """A layer whose slopes depend on a comparison of its inputs: on a tie, or on a sign. `ties` has the rule."""

    @abstractmethod
    def backward(
        self, parameters: LayerParameters, cache: Cache, grad_output: Array, tolerance: Array | float = 0.0
    ) -> tuple[Array, dict[str, Array]]:
        """As `Layer.backward`, given the tolerance of the input."""

    @abstractmethod
    def is_clear(self, cache: Cache, tolerance: Array | float) -> bool:
        """Return True if plain comparisons, those of tolerance 0, decide alike however the input is rounded."""

    @abstractmethod
    def is_at_kink(self, cache: Cache, x: Array, tolerance: Array | float) -> bool:
        """Return True if the input `x` of the pass that left `cache` stands at a kink, by the rule of `ties`."""

    @abstractmethod
    def forward_near(
        self, cache: Cache, x: Array, tolerance: Array | float, *, by_rule: bool
    ) -> Callable[[Array], Array]:
        """Return the forward pass as it is near `x`, continued as if every other kink were far away.

        So finite differences may take steps that are wider than the distance to the nearest kink. Written
        independently of `backward`, which it is there to check.

        Parameters
        ----------
        cache, x
            What the pass left, and its input.
        tolerance
            Of `x`.
        by_rule
            At a kink itself, whether to continue the one slope that `backward` takes there by its rule for ties, or
            the true ones, which differ from side to side.
        """

    def winners(self, cache: Cache, tolerance: Array | float = 0.0) -> BoolArray | None:
        """For max pooling, which cells of the input win a window; None for every other layer."""
        return None


@dataclass(frozen=True, kw_only=True)
class SummingLayer(Layer):
    """A layer whose outputs are sums of its inputs, times parameters if it has any."""

    @abstractmethod
    def products(self, input_shape: Shape) -> int:
        """Return the number of products of each sum."""

    def tolerance(self, parameters: LayerParameters, x: Array, of_input: Array, *, in_order: bool = False) -> Array:
        """Return share·(Σ|w·x| + |b|) + √Σ(w·t)², with the share of `ties.unit` and the tolerances t of the input."""
        products = self.products(x.shape[1:])
        share = ties.unit(products, x.dtype)
        forward = self.forward_in_order if in_order else self.forward
        absolute = {name: np.abs(array) for name, array in parameters.items()}
        # The inputs are made small first, so that no sum overflows.
        scaled = absolute | {name: share * array for name, array in absolute.items() if name == "bias"}
        tolerance: Array = forward(scaled, share * np.abs(x))[0] + ties.least(products, x.dtype)
        if of_input.any():
            of_weights = ties.power_of_two(absolute["weight"]) if absolute else 1.0
            of_inputs = ties.power_of_two(of_input)
            squares = {name: (array / of_weights) ** 2 * (name != "bias") for name, array in absolute.items()}
            tolerance += np.sqrt(forward(squares, (of_input / of_inputs) ** 2)[0]) * (of_weights * of_inputs)
        return tolerance


@dataclass(frozen=True, kw_only=True)
class ElementwiseLayer(Layer):
    """A layer that maps each number by itself: any shape fits and none changes."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the input, unchanged."""
        return input_shape

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """One number out for each, by way of at most three others."""
        numbers = images * prod(input_shape)
        return Work.of(products=self.COST_OF_NUMBER * numbers, calls=3, kept=numbers, temporary=3 * numbers)

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """As forward: the slope of each number, times its gradient."""
        return self.forward_work(input_shape, images)


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Make a `ShapeError` from within name `where` it comes from."""
    try:
        yield
    except ShapeError as error:
        error.where = where
        raise


def image_shape(input_shape: Shape, where: str) -> tuple[int, int, int]:
    """`input_shape` as (channels, height, width); raises `ShapeError` naming `where` if it is anything else."""
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise ShapeError(
            f"input shape {bracketed(input_shape)} is not a stack of maps",
            where=where,
            field="input_shape",
            value=input_shape,
            allowed="[channels, height, width], each at least 1",
        )
    channels, height, width = input_shape
    return channels, height, width


def flat_size(input_shape: Shape, where: str) -> int:
    """`input_shape` as the length of a vector; raises `ShapeError` naming `where` if it is anything else."""
    if len(input_shape) != 1 or input_shape[0] < 1:
        raise ShapeError(
            f"input shape {bracketed(input_shape)} is not flat",
            where=where,
            field="input_shape",
            value=input_shape,
            allowed="[n]: put a flatten layer before it",
        )
    return input_shape[0]
