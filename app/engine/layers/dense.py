"""dense: every output weighs every input."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, LayerParameters, Shape
from ..initializers import INITIALISER_DOC, Initialiser
from ..work import Work
from .base import SummingLayer, flat_size


@dataclass(frozen=True, kw_only=True)
class Dense(SummingLayer):
    """o = f W + c: (N, in) -> (N, out). Weight (in, out), bias (out,).

    As torch.nn.Linear, but for the weight, which PyTorch keeps transposed; the notebook writes
    ``inputs @ weights + bias``.
    """

    type: ClassVar[str] = "dense"

    frozen: bool = field(default=False, metadata={"doc": "Training leaves the weight and bias as they are."})
    out_features: int = field(metadata={"doc": "Number of outputs.", "ge": 1})
    bias: bool = field(default=True, metadata={"doc": "Whether each output adds a number of its own."})
    initialiser: Initialiser = field(default="notebook", metadata={"doc": INITIALISER_DOC})

    def output_shape(self, input_shape: Shape) -> Shape:
        """(in,) -> (out,)."""
        flat_size(input_shape, self.label)
        return (self.out_features,)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``weight`` (in, out) and, if asked for, ``bias`` (out,)."""
        weight: dict[str, Shape] = {"weight": (flat_size(input_shape, self.label), self.out_features)}
        return {**weight, "bias": (self.out_features,)} if self.bias else weight

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """One matrix product, x W + c."""
        o = x.dot(parameters["weight"])
        if self.bias:
            # As a row of the same shape, a single image's sum skips numpy's broadcasting, two thirds of its time.
            o += parameters["bias"].reshape(1, -1)
        return o, x

    def forward_in_order(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Products added one input after the other, the bias last."""
        o = ties.ordered_products(parameters["weight"].T, x[:, :, None])[:, :, 0]
        if self.bias:
            o += parameters["bias"]
        return o, x

    def products(self, input_shape: Shape) -> int:
        """One for each input."""
        return input_shape[0]

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """Return a bound for all outputs."""
        weight, bias = parameters["weight"], parameters["bias"] if self.bias else None
        return ties.bound_of_sums(len(weight), weight, bias, x, of_input)

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradients by x, W and c.

        o[n, d] = Σ_k x[n, k] W[k, d] + c[d], so with G = ∂L/∂o (N, out) the product rule gives

        - ∂L/∂W[k, d] = Σ_n x[n, k] G[n, d], that is xᵀ G;
        - ∂L/∂c[d] = Σ_n G[n, d];
        - ∂L/∂x[n, k] = Σ_d G[n, d] W[k, d], that is G Wᵀ.
        """
        gradients = {"weight": cache.T @ grad_output}
        if self.bias:
            gradients["bias"] = np.add.reduce(grad_output, axis=0)
        return grad_output @ parameters["weight"].T, gradients

    def cost(self, input_shape: Shape) -> int:
        """Each weight once: in · out."""
        return flat_size(input_shape, self.label) * self.out_features

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """One product, which reads the weight once."""
        weight, outputs = self.cost(input_shape), images * self.out_features
        return Work.of(products=images * weight, calls=3, moved=weight + outputs, kept=outputs)

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """Two products: one leaves an array as large as the weight, one the gradient by the input."""
        weight, inputs = self.cost(input_shape), images * prod(input_shape)
        return Work.of(products=2 * images * weight, calls=4, moved=weight, kept=weight + self.out_features + inputs)
