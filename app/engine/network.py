"""The network: an input shape and layers that fit each other; forward and backward, without state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from .arrays import Array, Cache, FloatType, LayerParameters, Parameters, Shape
from .exceptions import EngineError, ParameterError, ShapeError, bracketed
from .layers.base import DecidingLayer, Forward, Layer
from .trace import BackwardTrace, ForwardTrace, LayerGradient
from .work import CALL, Work, estimated_once

NO_PARAMETERS: LayerParameters = MappingProxyType({})

TRACE_BYTES = 600
"""Bytes of the objects that a trace holds for each layer, and for itself, besides the numbers of their arrays."""

Step: TypeAlias = tuple[str | None, Forward]
"""A layer's forward, and the name under which its parameters are found; None if it has none."""


@dataclass(frozen=True)
class Network:
    """An ordered list of layers over images of one shape; immutable, and it holds no parameters.

    Parameters
    ----------
    input_shape
        Shape of one image: (C, H, W), or (n,) if the first layer is dense.
    layers
        The layers in order. One without a name is called by its type, the second such ``type_2`` and so on.

    Attributes
    ----------
    shapes
        Output shape of each layer.
    parameter_shapes
        Shape of every parameter: ``{"conv": {"weight": (1, 1, 3, 3)}, ...}``, without the layers that have none.

    Raises
    ------
    EngineError
        With the `layer_index` of the first layer that does not fit what comes before it, or whose name is taken.
    """

    input_shape: Shape
    layers: tuple[Layer, ...]
    shapes: tuple[Shape, ...] = field(init=False, repr=False, compare=False)
    parameter_shapes: Mapping[str, Mapping[str, Shape]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        input_shape = tuple(self.input_shape)
        if len(input_shape) not in (1, 3) or any(type(size) is not int or size < 1 for size in input_shape):
            raise ShapeError(
                f"input_shape {bracketed(input_shape)} is not the shape of an image",
                where="network",
                field="input_shape",
                value=input_shape,
                allowed="(channels, height, width) or (n,), whole numbers of at least 1",
            )
        if not self.layers:
            raise EngineError(
                "there are no layers", where="network", field="layers", value=[], allowed="at least one layer"
            )
        layers = _named(self.layers)
        shapes: list[Shape] = []
        parameter_shapes: dict[str, Mapping[str, Shape]] = {}
        for index, layer in enumerate(layers):
            before = shapes[-1] if shapes else input_shape
            try:
                shapes.append(layer.output_shape(before))
                if of_layer := layer.parameter_shapes(before):
                    parameter_shapes[layer.name] = MappingProxyType(of_layer)
            except EngineError as error:
                error.layer_index = index
                raise
        object.__setattr__(self, "input_shape", input_shape)
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "shapes", tuple(shapes))
        object.__setattr__(self, "parameter_shapes", MappingProxyType(parameter_shapes))

    @cached_property
    def _batch_steps(self) -> tuple[Step, ...]:
        """The way of a batch through the layers."""
        return tuple((self._name_of(layer), layer.forward) for layer, _ in self._inputs)

    @cached_property
    def _single_steps(self) -> tuple[Step, ...]:
        """The way of one image through the layers: made by the first such pass, as it may hold large indices."""
        return tuple((self._name_of(layer), layer.forward_single(before)) for layer, before in self._inputs)

    @cached_property
    def deciding(self) -> tuple[DecidingLayer | None, ...]:
        """Each layer that decides, and None for each other, up to the last that decides."""
        found = [layer if isinstance(layer, DecidingLayer) else None for layer in self.layers]
        while found and found[-1] is None:
            found.pop()
        return tuple(found)

    @property
    def _inputs(self) -> Iterator[tuple[Layer, Shape]]:
        """Each layer and the shape of its input."""
        return zip(self.layers, (self.input_shape, *self.shapes[:-1]), strict=True)

    def _name_of(self, layer: Layer) -> str | None:
        return layer.name if layer.name in self.parameter_shapes else None

    def init(self, seed: int, dtype: FloatType = np.float64) -> Parameters:
        """Fresh parameters; the same seed gives the same bits.

        Each layer with parameters draws from the stream of (seed, its place among such layers), so a
        change to one layer leaves the first numbers of the others alone.
        """
        parameters: Parameters = {}
        for layer, before in zip(self.layers, (self.input_shape, *self.shapes), strict=False):
            if layer.name in self.parameter_shapes:
                rng = np.random.default_rng((seed, len(parameters)))
                parameters[layer.name] = layer.init(rng, before, dtype)
        return parameters

    def check_parameters(self, parameters: Mapping[str, Mapping[str, Array]]) -> None:
        """Raise `ParameterError` unless `parameters` are exactly the arrays of `parameter_shapes`."""
        for unknown in parameters.keys() - self.parameter_shapes.keys():
            message = "no layer with parameters has this name"
            raise _parameter_error(message, unknown, parameters[unknown], _names(self.parameter_shapes))
        for layer_name, expected in self.parameter_shapes.items():
            if layer_name not in parameters:
                allowed = f"an object with {' and '.join(expected)}"
                raise _parameter_error("the layer's parameters are missing", layer_name, None, allowed)
            given = parameters[layer_name]
            for unknown in given.keys() - expected.keys():
                message = "the layer has no such parameter"
                raise _parameter_error(message, f"{layer_name}.{unknown}", given[unknown], _names(expected))
            for name, shape in expected.items():
                field_name = f"{layer_name}.{name}"
                if name not in given:
                    allowed = f"an array of shape {bracketed(shape)}"
                    raise _parameter_error("the parameter is missing", field_name, None, allowed)
                array = given[name]
                if array.shape != shape:
                    message = f"shape {bracketed(array.shape)} does not fit the layer"
                    raise _parameter_error(message, field_name, array.shape, f"shape {bracketed(shape)}")
                if array.dtype.char not in "fd":
                    raise _parameter_error(
                        f"dtype {array.dtype} is not allowed", field_name, str(array.dtype), "float32 or float64"
                    )

    def cost(self) -> int:
        """Multiply-adds of one image's forward pass."""
        return sum(layer.cost(before) for layer, before in self._inputs)

    @cached_property
    def parameter_count(self) -> int:
        """Numbers of all parameters."""
        return sum(prod(shape) for shapes in self.parameter_shapes.values() for shape in shapes.values())

    @cached_property
    def setup_work(self) -> Work:
        """Estimate of what the first pass works out from the shapes alone, and the network keeps."""
        return sum((layer.setup_work(before) for layer, before in self._inputs), Work.of(calls=4 * len(self.layers)))

    @estimated_once
    def init_work(self) -> Work:
        """Estimate of `init`: drawing a number takes as long as some 50 multiply-adds."""
        numbers, arrays = self.parameter_count, sum(map(len, self.parameter_shapes.values()))
        largest = max((prod(s) for shapes in self.parameter_shapes.values() for s in shapes.values()), default=0)
        return Work.of(products=50 * numbers, calls=20 * arrays, kept=numbers, temporary=2 * largest)

    @estimated_once
    def forward_work(self, images: int) -> Work:
        """Estimate of `forward` of a batch, without `setup_work`; it leaves the trace."""
        layers = (layer.forward_work(before, images) for layer, before in self._inputs)
        objects = TRACE_BYTES * (1 + len(self.layers))
        return sum(layers, Work.of(calls=4 + len(self.layers)) + Work(0, objects, objects))

    @estimated_once
    def decisions_work(self, images: int, *, in_order: bool = True) -> Work:
        """Estimate of `ForwardTrace.decisions`: with a second pass, its sums added in order, if `in_order`.

        Each pass has one beside it for the tolerances. Adding one product of every sum after the other takes about 15
        times as long as a matrix product.
        """
        passed = [*self._inputs][: len(self.deciding)]
        decisions = sum((layer.decision_work(before, images) for layer, before in passed), Work())
        if not in_order or not passed:
            return decisions
        again = sum((layer.forward_work(before, images) for layer, before in passed), Work())
        weights = (layer.parameter_shapes(before).get("weight", (1,)) for layer, before in passed)
        longest_sums = sum(prod(weight) // weight[0] for weight in weights)
        numbers = images * sum(map(prod, self.shapes[: len(passed)]))
        products = images * sum(layer.cost(before) for layer, before in passed)
        ordered = Work(28 * products + 2 * CALL * longest_sums + 5 * again.cost, 0, 0)
        return decisions + Work.of(kept=2 * numbers) + ordered + again + again.dropping()

    @estimated_once
    def backward_work(self, images: int) -> Work:
        """Estimate of `backward` of a batch; it leaves the gradients."""
        layers = (layer.backward_work(before, images) for layer, before in reversed([*self._inputs]))
        return sum(layers, Work.of(calls=2 + len(self.layers)))

    @estimated_once
    def winners_work(self, images: int) -> Work:
        """Estimate of the winners of every layer, and of the decisions that they follow from."""
        winners = sum((layer.winners_work(before, images) for layer, before in self._inputs), Work())
        return self.decisions_work(images) + winners if winners.kept else Work()

    @cached_property
    def winners_count(self) -> int:
        """Cells of one image's trace that may win a window."""
        return sum(layer.winners_work(before, 1).kept for layer, before in self._inputs)

    @cached_property
    def trace_numbers(self) -> int:
        """Numbers and winners in the trace of one image."""
        return sum(map(prod, self.shapes)) + self.winners_count

    def forward(self, parameters: Mapping[str, LayerParameters], images: Array) -> ForwardTrace:
        """Run a batch through, keeping every output.

        Parameters
        ----------
        parameters
            Arrays as `parameter_shapes` says. They are looked into only if the pass fails: call `check_parameters`
            on those that come from elsewhere.
        images
            (N, *input_shape), float32 or float64; other numbers are taken as float64.

        Raises
        ------
        ShapeError
            If the images do not fit.
        ParameterError
            If a parameter array is missing or its shape stopped the pass.
        """
        if images.shape[1:] != self.input_shape or images.dtype.kind != "f" or not len(images):
            images = self._as_batch(images)
        x = images
        outputs: list[Array] = []
        caches: list[Cache] = []
        try:
            for name, forward in self._single_steps if len(x) == 1 else self._batch_steps:
                x, cache = forward(parameters[name] if name else NO_PARAMETERS, x)
                outputs.append(x)
                caches.append(cache)
        except (KeyError, ValueError, AttributeError):
            self.check_parameters(parameters)
            raise
        return ForwardTrace(self.layers, self.deciding, images, outputs, caches, parameters)

    def backward(
        self, parameters: Mapping[str, LayerParameters], trace: ForwardTrace, grad_logits: Array
    ) -> BackwardTrace:
        """Run a gradient by the logits back through the pass that left `trace` (the chain rule, last layer first).

        Parameters
        ----------
        parameters
            Those of the forward pass.
        trace
            What `forward` returned.
        grad_logits
            Gradient of the loss by `trace.logits`, (N, n). A final softmax is passed over: the loss takes the logits.
        """
        last = len(self.layers) - (1 if self.layers[-1].type == "softmax" else 0)
        before = trace.outputs[last - 1] if last else trace.images
        if grad_logits.shape != trace.logits.shape:
            raise ShapeError(
                f"shape {bracketed(grad_logits.shape)} is not that of the logits",
                where="grad_logits",
                field="grad_logits",
                value=grad_logits.shape,
                allowed=bracketed(trace.logits.shape),
            )
        grad = grad_logits.reshape(before.shape)
        gradients: list[LayerGradient] = []
        of_parameters: Parameters = {}
        for place in reversed(range(last)):
            layer = self.layers[place]
            gradients.append(LayerGradient(layer.name, layer.type, grad))
            of_layer: dict[str, Array]
            if isinstance(layer, DecidingLayer):
                cache, tolerance = trace.quick_decisions[place]
                grad, of_layer = layer.backward(NO_PARAMETERS, cache, grad, tolerance)
            else:
                given = parameters.get(layer.name, NO_PARAMETERS)
                grad, of_layer = layer.backward(given, trace.caches[place], grad)
            if of_layer:
                of_parameters[layer.name] = of_layer
        return BackwardTrace(tuple(reversed(gradients)), dict(reversed(of_parameters.items())), grad)

    def _as_batch(self, images: Array) -> Array:
        """`images` as a float array, or a `ShapeError`."""
        if images.shape[1:] != self.input_shape or not len(images):
            raise ShapeError(
                f"shape {bracketed(images.shape)} is not a batch of {bracketed(self.input_shape)}",
                where="images",
                field="images",
                value=images.shape,
                allowed=f"[N, {', '.join(map(str, self.input_shape))}] with N at least 1",
            )
        return images if images.dtype.kind == "f" else images.astype(np.float64)


def _named(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Layers with a name each: their own, or their type with a number from the second on."""
    taken: dict[str, int] = {}
    for index, layer in enumerate(layers):
        if layer.name and layer.name in taken:
            raise EngineError(
                f"layer {taken[layer.name]} has the same name",
                where=layer.label,
                field="name",
                value=layer.name,
                allowed="a name that no other layer has, or none",
                layer_index=index,
            )
        if layer.name:
            taken[layer.name] = index
    named = []
    for index, layer in enumerate(layers):
        name, count = layer.name or layer.type, 1
        while not layer.name and name in taken:
            count += 1
            name = f"{layer.type}_{count}"
        taken[name] = index
        named.append(copy(layer))  # not `replace`, which would check all other options again
        object.__setattr__(named[-1], "name", name)
    return tuple(named)


def _names(mapping: Mapping[str, object]) -> str:
    return ", ".join(mapping) or "none"


def _parameter_error(what: str, name: str, value: object, allowed: str) -> ParameterError:
    field = f"parameters.{name}"
    return ParameterError(what, where=field, field=field, value=value, allowed=allowed)
