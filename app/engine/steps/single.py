"""Steps of one example each, for `ConvPoolDense` networks: about twenty short calls, all into planned buffers.

At this size numpy's time goes into the calls, not into the numbers. So every operand is laid out contiguous and of
its operation's full shape, which skips numpy's iterator; no scalar is converted; and nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..arrays import Array, IndexArray, Parameters
from ..network import Network
from ..parameter_vector import ParameterVector
from .conv_pool_dense import ConvPoolDense, extended
from .single_pooling import plan_largest, plan_mean

KEPT_NUMBERS = 4_000_000
"""Up to so many numbers (32 MB) the columns of all examples are made once a run, else once a slice."""

SAFE_SHARE = 0.7
"""While the sum of all e^score is within this share of the range of exponents, no score need be taken off first."""

Prepared: TypeAlias = tuple[Array, Array, int, Array]
"""One example: its columns (C·P, K), their transpose, its label, and where its scores go."""


class SingleSteps:
    """Stochastic gradient descent as the notebook does it: an update after every example."""

    overhead = 45_000

    def __init__(
        self,
        network: Network,
        plan: ConvPoolDense,
        parameters: Parameters,
        images: Array,
        labels: IndexArray,
        scale: float,
    ) -> None:
        self._plan = plan
        filters, windows = plan.conv.out_channels, plan.windows
        # A map's windows lie `filters` apart, so the features come window by window, not map by map.
        dense_rows = plan.dense_layout()
        by_window = np.arange(plan.features).reshape(filters, windows).T.reshape(-1)
        by_window = np.concatenate([by_window, np.arange(plan.features, len(dense_rows))])
        layouts = {plan.conv.name: plan.conv_layout().T, plan.dense.name: dense_rows[by_window]}
        self.vector = ParameterVector(network, parameters, layouts)
        dtype = self.vector.values.dtype
        self._images = extended(images, dtype)
        # (C·P, K): a row for each number that the convolution gives.
        self._index = np.ascontiguousarray(plan.index.swapaxes(1, 2).reshape(-1, plan.weights))
        self._labels = labels
        self._scores = np.empty((len(images), plan.dense.out_features), dtype=dtype)
        self._go_through = self._plan_loop(scale)
        keep = len(images) * self._index.size <= KEPT_NUMBERS
        self._prepared = self._prepare(np.arange(len(images))) if keep else None

    def run(self, order: IndexArray, batch_size: int, update: Callable[[], None]) -> Array:  # noqa: ARG002 (it is 1)
        """One step for each example of `order`; see `Steps.run`."""
        kept = self._prepared
        self._go_through(self._prepare(order) if kept is None else [kept[place] for place in order.tolist()], update)
        return self._scores[order]

    def _prepare(self, examples: IndexArray) -> list[Prepared]:
        columns = self._images[examples].take(self._index, axis=1)
        labels, scores = self._labels[examples].tolist(), [self._scores[place] for place in examples.tolist()]
        return [(x, x.T, label, of_x) for x, label, of_x in zip(columns, labels, scores, strict=True)]

    def _plan_loop(self, scale: float) -> Callable[[list[Prepared], Callable[[], None]], None]:
        """Return the loop over examples: it writes the scores and the gradient of each, then calls the update."""
        plan, vector = self._plan, self.vector
        dtype = vector.values.dtype
        classes = plan.dense.out_features
        weight = vector.block(plan.dense.name)  # (features + 1, classes): the last row is the bias
        feature_weight = weight[: plan.features]
        # Forward: columns · filters -> z, pool and relu -> m, m · weight + bias -> scores.
        conv, grad_conv = vector.block(plan.conv.name), vector.gradient_block(plan.conv.name)
        filters = conv[: plan.weights]  # (K, O)
        z = np.empty((plan.cells * plan.windows, plan.conv.out_channels), dtype=dtype)
        m_and_1 = np.ones(len(weight), dtype=dtype)
        m = m_and_1[: plan.features]
        # Backward.
        powers, sums, grad_scores = (np.empty(classes, dtype=dtype) for _ in range(3))
        largest = float(np.finfo(dtype).max) ** SAFE_SHARE
        smallest = 1 / largest
        # Divided by `scale`, so that what is divided by these sums comes out multiplied by it.
        all_ones = np.full((classes, classes), 1 / scale, dtype=dtype)
        grad_weight = vector.gradient_block(plan.dense.name)
        m_column, grad_row = m_and_1.reshape(-1, 1), grad_scores.reshape(1, -1)
        grad_m, grad_z = np.empty_like(m), np.zeros_like(z)
        grad_filters = None if grad_conv is None else grad_conv[: plan.weights]
        if plan.takes_largest:
            bias = conv[-1] if plan.adds_bias_after_pool else None
            grad_bias = None if bias is None or grad_conv is None else grad_conv[-1]
            pool, unpool = plan_largest(plan, z, m, grad_m, grad_z, bias, grad_bias)
        else:
            pool, unpool = plan_mean(plan, z, m, grad_m, grad_z)
        # Names of their own: a look-up in numpy at every call would take a tenth of the step.
        exp, subtract, divide = np.exp, np.subtract, np.divide

        def go_through(examples: list[Prepared], update: Callable[[], None]) -> None:
            for columns, transpose, label, scores in examples:
                columns.dot(filters, z)
                pool()
                m_and_1.dot(weight, scores)
                exp(scores, powers)
                powers.dot(all_ones, sums)  # as a vector: dividing by a scalar would have to convert it
                if not smallest < sums.item(0) < largest:  # too far from 0 for e^score: then softmax's usual detour
                    exp(subtract(scores, scores.max(), powers), powers)
                    powers.dot(all_ones, sums)
                divide(powers, sums, grad_scores)
                grad_scores[label] -= scale
                if grad_weight is not None:
                    m_column.dot(grad_row, grad_weight)
                if grad_filters is not None:
                    feature_weight.dot(grad_scores, grad_m)
                    unpool()
                    transpose.dot(grad_z, grad_filters)
                update()

        return go_through
