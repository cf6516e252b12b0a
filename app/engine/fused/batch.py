"""Steps of many examples each, for `ConvPoolDense` networks: the batch lies along the last axis of every array.

So each operation runs over long contiguous rows, pooling needs no strides, and the matrix products stay below the size
from which on OpenBLAS spreads one over several threads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import ties
from ..arrays import Array, BoolArray, IndexArray, Parameters
from ..network import Network
from ..parameter_vector import ParameterVector
from ..work import Work
from .conv_pool_dense import ConvPoolDense, PlanSizes, extended
from .generic import write_gradient
from .update import ParameterUpdate


class BatchStepper:
    """Mini-batch gradient descent by whole-batch array operations into planned buffers."""

    @staticmethod
    def setup_work(sizes: PlanSizes, examples: int, batch_size: int) -> Work:
        """Estimate of what a run makes once: all images, and buffers for a whole batch and for the last one."""
        z, classes = sizes.cells * sizes.features, sizes.classes
        images = Work.of(calls=6, kept=examples * (sizes.pixels + classes), temporary=examples * classes)
        right = Work.of(calls=2, temporary=classes**2)
        of_example = 2 * sizes.pixels + 4 * classes + sizes.columns + 2 * z + 8 * sizes.features + sizes.cells
        batches = min(examples, batch_size) + (examples % batch_size if examples > batch_size else 0)
        buffers = Work.of(calls=40, kept=batches * of_example + sizes.weights * sizes.filters)
        return sizes.layout_work() + images + right + buffers

    @staticmethod
    def step_work(sizes: PlanSizes, examples: int) -> Work:
        """Estimate of one step, without the update: a few calls for each cell of the pooling window."""
        z = sizes.cells * sizes.features
        of_cells = Work.of(temporary=examples * sizes.features)
        return of_cells + Work.of(
            products=examples * 50 * sizes.classes + sizes.products(examples),
            calls=30 + 7 * sizes.cells,
            moved=examples * (3 * sizes.columns + 12 * z + 10 * sizes.features + sizes.pixels),
            gathered=examples * (sizes.columns + sizes.pixels + sizes.classes),
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
        layouts = {plan.conv.name: plan.conv_layout(), plan.dense.name: plan.dense_layout()}
        self.vector = ParameterVector(network, parameters, layouts)
        self._images = extended(images, self.vector.values.dtype)
        self._labels = labels
        self._reach = float(plan.reach(images, self.vector.values.dtype).max())
        # (classes, N), contiguous: `take` copies all of what is not.
        self._right = np.ascontiguousarray(np.eye(plan.dense.out_features, dtype=self.vector.values.dtype)[:, labels])
        self._gradient: dict[int, Callable[[IndexArray], Array]] = {}

    def run(self, order: IndexArray, batch_size: int, update: ParameterUpdate) -> Array:
        """One step for each batch of `order`; see `Steps.run`."""
        scores = np.empty((self._plan.dense.out_features, len(order)), dtype=self.vector.values.dtype)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            if len(batch) not in self._gradient:  # the last batch of an epoch may be smaller
                self._gradient[len(batch)] = self._plan_gradient(len(batch))
            scores[:, start : start + len(batch)] = self._gradient[len(batch)](batch)
            update.apply()
        return scores.T

    def _plan_gradient(self, size: int) -> Callable[[IndexArray], Array]:
        """Return the function that writes the gradient of a batch of `size`, and returns its scores (classes, size)."""
        plan, vector, images, right = self._plan, self.vector, self._images, self._right
        dtype = vector.values.dtype
        conv, grad_conv = vector.block(plan.conv.name), vector.gradient_block(plan.conv.name)
        filters = conv[:, : plan.weights]  # (O, K)
        grad_filters = None if grad_conv is None else grad_conv[:, : plan.weights]
        weight = vector.block(plan.dense.name)  # (features + 1, classes): the last row is the bias
        grad_weight = vector.gradient_block(plan.dense.name)
        scale = self._scale / size  # the gradient is that of the mean
        classes, cells = plan.dense.out_features, range(plan.cells)

        rows = np.empty((size, images.shape[1]), dtype=dtype)
        batch = np.empty(rows.T.shape, dtype=dtype)
        batch_right = np.empty((classes, size), dtype=dtype)
        columns = np.empty((*plan.index.shape, size), dtype=dtype)  # (C, K, P, size)
        columns_of = columns.reshape(plan.cells, plan.weights, -1)
        z = np.empty((plan.cells, plan.conv.out_channels, plan.windows * size), dtype=dtype)
        m_and_1 = np.ones((len(weight), size), dtype=dtype)
        m = m_and_1[: plan.features].reshape(plan.conv.out_channels, -1)
        scores, grad_scores = (np.empty((classes, size), dtype=dtype) for _ in range(2))
        grad_features = np.empty((plan.features, size), dtype=dtype)
        grad_m = grad_features.reshape(m.shape)
        grad_z, alive = np.empty_like(z), np.empty_like(m)
        of_cell = np.empty(filters.shape, dtype=dtype)
        top = np.empty_like(m) if plan.adds_bias_after_pool else m  # max z
        exists = np.repeat(plan.exists, size, axis=1)
        wins, level, low = np.empty(z.shape, np.bool_), np.empty(z.shape, np.bool_), np.empty_like(m)
        passes = np.empty(m.shape, np.bool_)
        wins_by_cell: list[BoolArray] = list(wins)
        level_by_cell: list[BoolArray] = list(level)
        share = np.broadcast_to(np.repeat(plan.inverse_counts, size), m.shape).astype(dtype)

        def forward(examples: IndexArray) -> None:
            # mode: only "clip" writes straight into the buffer, and every index is in range.
            # Whole images first: their numbers one by one, from all over a large set, miss the cache.
            images.take(examples, 0, rows, "clip")
            batch[...] = rows.T
            batch.take(plan.index, 0, columns, "clip")
            for cell in cells:
                filters.dot(columns_of[cell], z[cell])
            if plan.takes_largest:
                np.maximum.reduce(z, axis=0, out=top)
                if plan.adds_bias_after_pool:
                    np.add(top, conv[:, -1:], m)
                np.maximum(m, 0, out=m)  # relu: max relu(z) = relu(max z)
            else:
                np.maximum(z, 0, out=z)
                np.add.reduce(z, axis=0, out=m)
                np.multiply(m, share, m)
            weight.T.dot(m_and_1, scores)

        def is_clear() -> bool:
            """Return True if plain comparisons decide as `ties` does."""
            bound = self._reach and self._reach * ties.length(conv)
            if not plan.takes_largest:
                return ties.is_clear_at_zero(z, bound)
            for of_cell, wins_of_cell in zip(z, wins_by_cell, strict=True):
                np.equal(of_cell, top, wins_of_cell)
            np.greater(m, 0, passes)
            if not bound:
                return True
            np.subtract(top, 2 * ties.CLEAR * bound, low)
            for of_cell, level_of_cell in zip(z, level_by_cell, strict=True):
                np.greater_equal(of_cell, low, level_of_cell)
            # What is equal is level, so they are the same if they see as many.
            alike = bool(np.count_nonzero(level) == np.count_nonzero(wins))
            return alike and bool(np.count_nonzero(passes) == np.count_nonzero(m > ties.CLEAR * bound))

        def unpool() -> None:
            if plan.takes_largest:
                # Comparisons become floats in calls of their own: within a multiplication that takes twice as long.
                alive[...] = passes
                np.multiply(grad_m, alive, grad_m)
                if plan.ties_share:
                    np.logical_and(wins, exists[:, None], out=wins)  # a cell that is not there may repeat another
                for of_cell, of_grad in zip(wins, grad_z, strict=True):
                    of_grad[...] = of_cell
                    np.multiply(grad_m, of_grad, of_grad)
                    if not plan.ties_share:
                        np.subtract(grad_m, of_grad, grad_m)  # what the first winner took is gone for the others
                if grad_conv is not None and plan.adds_bias_after_pool:
                    np.add.reduce(grad_z, axis=(0, 2), out=grad_conv[:, -1])
            else:
                np.multiply(grad_m, share, grad_m)
                for of_z, of_grad in zip(z, grad_z, strict=True):
                    alive[...] = of_z > 0
                    np.multiply(grad_m, alive, of_grad)

        def gradient(examples: IndexArray) -> Array:
            forward(examples)
            if grad_filters is not None and not is_clear():
                batch_images = rows[:, :-2].reshape(size, *self._network.input_shape)
                return write_gradient(self._network, vector, batch_images, self._labels[examples], self._scale).T
            np.subtract(scores, np.maximum.reduce(scores, 0), grad_scores)
            np.exp(grad_scores, grad_scores)
            np.divide(grad_scores, np.add.reduce(grad_scores, 0), grad_scores)
            np.subtract(grad_scores, right.take(examples, 1, batch_right, "clip"), grad_scores)
            np.multiply(grad_scores, scale, grad_scores)
            if grad_weight is not None:
                m_and_1.dot(grad_scores.T, grad_weight)
            if grad_filters is not None:
                weight[: plan.features].dot(grad_scores, grad_features)
                unpool()
                grad_filters.fill(0)
                for cell in cells:
                    np.add(grad_filters, grad_z[cell].dot(columns_of[cell].T, of_cell), grad_filters)
            return scores

        return gradient
