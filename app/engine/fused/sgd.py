"""Steps of one example each, for `ConvPoolDense` networks: about twenty short calls, all into planned buffers.

At this size numpy's time goes into the calls, not into the numbers. So every operand is laid out contiguous and of
its operation's full shape, which skips numpy's iterator; no scalar is converted; and nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .. import ties
from ..arrays import Array, IndexArray, Parameters
from ..network import Network
from ..parameter_vector import ParameterVector
from ..work import Work
from .conv_pool_dense import ConvPoolDense, PlanSizes, extended
from .generic import write_gradient
from .sgd_pooling import plan_largest, plan_mean
from .update import ParameterUpdate

KEPT_NUMBERS = 2_000_000
"""Up to this many numbers (16 MB) the columns of all examples are made once a run, else once a slice."""

LONGEST_BLOCK, WARY_BLOCK, BLOCK_NUMBERS = 128, 4, 65_536
"""Steps between two looks at whether all were clear: at most, and after one that was not; and numbers kept of them."""

SAFE_SHARE = 0.7
"""While the sum of all e^score is within this share of the range of exponents, no score need be taken off first."""

Prepared: TypeAlias = tuple[Array, Array, int, Array]
"""One example: its columns (C·P, K), their transpose, its label, and where its scores go."""


class SgdStepper:
    """Stochastic gradient descent as the notebook does it: an update after every example."""

    @staticmethod
    def setup_work(sizes: PlanSizes, examples: int, batch_size: int) -> Work:  # noqa: ARG004 (it is 1)
        """Estimate of what a run makes once: columns of all examples, if they are kept, and buffers."""
        z, classes = sizes.cells * sizes.features, sizes.classes
        kept = min(examples, max(1, KEPT_NUMBERS // sizes.columns))
        # Besides their numbers, the columns of each example take two views, a row of scores and a tuple.
        columns = Work.of(moved=2 * kept * sizes.columns, kept=kept * sizes.columns + 80 * kept, sliced=kept // 4)
        images = Work.of(calls=4, kept=examples * (sizes.pixels + classes), temporary=kept * sizes.pixels)
        buffers = Work.of(calls=60, kept=8 * z + 8 * sizes.features + classes**2 + sizes.columns)
        of_step = z + sizes.filters * sizes.weights
        blocks = Work.of(calls=2, kept=_steps_of_block(of_step) * of_step)
        return sizes.layout_work() + images + buffers + blocks + columns

    @staticmethod
    def step_work(sizes: PlanSizes, examples: int) -> Work:
        """Estimate of one step, without the update: some twenty short calls, and no new array."""
        z, weights = sizes.cells * sizes.features, sizes.weights * sizes.filters + sizes.features * sizes.classes
        return Work.of(
            products=examples * sizes.classes * (sizes.classes + 50) + sizes.products(examples),
            calls=16,
            moved=examples * (10 * z + 2 * weights + 2 * sizes.columns),
            gathered=examples * sizes.columns,
        )

    def __init__(
        self,
        network: Network,
        plan: ConvPoolDense,
        parameters: Parameters,
        images: Array,
        labels: IndexArray,
        scale: float,
    ) -> None:
        self._network = network
        self._plan = plan
        self._scale = scale
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
        self._reach = plan.reach(images, dtype)
        # By step of a block: what the convolution gave, and its filters.
        conv = self.vector.block(plan.conv.name)
        self._longest_block = _steps_of_block(len(self._index) * filters + conv.size)
        self._z = np.empty((self._longest_block, len(self._index), filters), dtype=dtype)
        self._filters = np.empty((self._longest_block, *conv.shape), dtype=dtype)
        self._block = self._wary_block = min(WARY_BLOCK, self._longest_block)
        self._go_through = self._plan_loop(scale)
        keep = len(images) * self._index.size <= KEPT_NUMBERS
        self._prepared = self._prepare(np.arange(len(images))) if keep else None

    def run(self, order: IndexArray, batch_size: int, update: ParameterUpdate) -> Array:  # noqa: ARG002 (it is 1)
        """One step for each example of `order`; see `Steps.run`."""
        kept = self._prepared
        prepared = self._prepare(order) if kept is None else [kept[place] for place in order.tolist()]
        done = 0
        while done < len(order):
            block = prepared[done : done + self._block]
            examples = order[done : done + self._block]
            restore = update.checkpoint()
            self._go_through(block, update)
            clear = self._were_clear(examples)
            if not clear:
                restore()
                for place, prepared_one in enumerate(block):
                    self._go_through([prepared_one], None)
                    if not self._were_clear(examples[place : place + 1]):
                        self._take_generally(examples[place])
                    update.apply()
            done += len(block)
            self._block = min(2 * self._block, self._longest_block) if clear else self._wary_block
        return self._scores[order]

    def _were_clear(self, examples: IndexArray) -> bool:
        """Return True if the last steps, of `examples`, decided as `ties` does, or had nothing to decide."""
        plan, count = self._plan, len(examples)
        if plan.conv.name not in self.vector.trainable_layers:
            return True
        filters = self._filters[:count]
        # One bound for all of them: it may be too large, never too small.
        bound = float(self._reach[examples].max()) * ties.length(filters)
        if not bound:
            return True
        # (C, count, P·O): numpy is slow along a short axis between others.
        z = np.ascontiguousarray(self._z[:count].reshape(count, plan.cells, -1).swapaxes(0, 1))
        if not plan.takes_largest:
            return ties.is_clear_at_zero(z, bound)
        top = np.maximum.reduce(z, axis=0)
        if not ties.is_clear_below(z, top, bound):
            return False
        if plan.adds_bias_after_pool:
            # By filter, as windows lie side by side.
            top = top.reshape(count, plan.windows, -1) + filters[:, -1:]
        return ties.is_clear_at_zero(top, bound)

    def _take_generally(self, example: np.intp) -> None:
        """Write the gradient and the scores of one example as `Network.backward` gives them."""
        images = self._images[example, :-2].reshape(1, *self._network.input_shape)
        labels = self._labels[example : example + 1]
        self._scores[example] = write_gradient(self._network, self.vector, images, labels, self._scale)[0]

    def _prepare(self, examples: IndexArray) -> list[Prepared]:
        columns = self._images[examples].take(self._index, axis=1)
        labels, scores = self._labels[examples].tolist(), [self._scores[place] for place in examples.tolist()]
        return [(x, x.T, label, of_x) for x, label, of_x in zip(columns, labels, scores, strict=True)]

    def _plan_loop(self, scale: float) -> Callable[[list[Prepared], ParameterUpdate | None], None]:
        """Return the loop over examples: it writes the scores and the gradient of each, and makes the steps."""
        plan, vector = self._plan, self.vector
        dtype = vector.values.dtype
        classes = plan.dense.out_features
        weight = vector.block(plan.dense.name)  # (features + 1, classes): the last row is the bias
        feature_weight = weight[: plan.features]
        # Forward: columns · filters -> z, pool and relu -> m, m · weight + bias -> scores.
        conv, grad_conv = vector.block(plan.conv.name), vector.gradient_block(plan.conv.name)
        filters = conv[: plan.weights]  # (K, O)
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
        grad_m, grad_z = np.empty_like(m), np.zeros(self._z.shape[1:], dtype=dtype)
        grad_filters = None if grad_conv is None else grad_conv[: plan.weights]
        if plan.takes_largest:
            bias = conv[-1] if plan.adds_bias_after_pool else None
            grad_bias = None if bias is None or grad_conv is None else grad_conv[-1]
            places, pool, unpool = plan_largest(plan, self._z, m, grad_m, grad_z, bias, grad_bias)
        else:
            places, pool, unpool = plan_mean(plan, self._z, m, grad_m, grad_z)
        # Names of their own: a look-up in numpy at every call would take a tenth of the step.
        exp, subtract, divide, add = np.exp, np.subtract, np.divide, np.add
        gradient = vector.gradient
        rows = list(zip(self._z, places, self._filters, strict=True))

        def go_through(examples: list[Prepared], update: ParameterUpdate | None) -> None:
            change, made, total = (update.change, update.made, update.gradients) if update else (None, 0, gradient)
            for (columns, transpose, label, scores), (z, place, filters_now) in zip(
                examples, rows[: len(examples)], strict=True
            ):
                filters_now[...] = conv
                columns.dot(filters, z)
                pool(place)
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
                    unpool(place)
                    transpose.dot(grad_z, grad_filters)
                if change is not None:
                    made += 1
                    change(made)
                    add(total, gradient, total)
            if update:
                update.made = made

        return go_through


def _steps_of_block(numbers: int) -> int:
    """Return the largest number of steps of a block, if `numbers` numbers are kept of each."""
    return max(1, min(LONGEST_BLOCK, BLOCK_NUMBERS // numbers))
