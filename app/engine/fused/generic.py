"""Gradients through `Network.forward` and `backward`: any network, at the pace of code that plans nothing."""

from __future__ import annotations

from math import prod

import numpy as np

from ..arrays import Array, IndexArray, Parameters
from ..losses.cross_entropy import cross_entropy, cross_entropy_work
from ..network import Network
from ..parameter_vector import ParameterVector
from ..work import Work
from .update import ParameterUpdate


class GenericStepper:
    """The way for every network that no faster way knows."""

    @staticmethod
    def setup_work(network: Network, examples: int, batch_size: int) -> Work:  # noqa: ARG004 (as for the other ways)
        """Estimate of what a run makes once."""
        return network.setup_work + Work.of(calls=10 * len(network.layers), moved=2 * network.parameter_count)

    @staticmethod
    def step_work(network: Network, examples: int) -> Work:
        """Estimate of one step of a batch, without the update."""
        images = Work.of(calls=6, kept=examples * prod(network.input_shape))
        decisions = network.decisions_work(examples, in_order=False)
        passes = network.forward_work(examples) + decisions + network.backward_work(examples)
        loss = cross_entropy_work(examples, prod(network.shapes[-1]))
        copies = Work.of(calls=2 * len(network.layers), moved=2 * network.parameter_count)
        return (images + loss + passes + copies).dropping()

    def __init__(
        self, network: Network, parameters: Parameters, images: Array, labels: IndexArray, scale: float
    ) -> None:
        self._network = network
        self.vector = ParameterVector(network, parameters, {})
        self._images = images.astype(self.vector.values.dtype, copy=False)
        self._labels = labels
        self._scale = scale
        self._parameters = {layer: self.vector.views(self.vector.values, layer) for layer in network.parameter_shapes}
        self._gradients = {
            layer: self.vector.views(self.vector.gradient, layer) for layer in self.vector.trainable_layers
        }

    def run(self, order: IndexArray, batch_size: int, update: ParameterUpdate) -> Array:
        """One step for each batch of `order`; see `Steps.run`."""
        scores = []
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            trace = self._network.forward(self._parameters, self._images[batch])
            scores.append(trace.logits)
            _, grad_logits = cross_entropy(trace.logits, self._labels[batch])
            gradients = self._network.backward(self._parameters, trace, self._scale * grad_logits).parameters
            for layer, arrays in self._gradients.items():
                for name, array in arrays.items():
                    array[...] = gradients[layer][name]
            update.apply()
        return np.concatenate(scores)


def write_gradient(network: Network, vector: ParameterVector, images: Array, labels: IndexArray, scale: float) -> Array:
    """Write the gradient of one batch, times `scale`, into a vector of any layout; return the scores (N, n)."""
    parameters = vector.unpack(vector.values)
    trace = network.forward(parameters, images)
    _, grad_logits = cross_entropy(trace.logits, labels)
    vector.pack_gradient(network.backward(parameters, trace, scale * grad_logits).parameters)
    return trace.logits
