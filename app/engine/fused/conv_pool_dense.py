"""The shape of network that training is planned for: conv2d, relu, max or average pooling, flatten, dense.

Both planned ways compute a window's maximum (or sum) *cell by cell*: the convolution is laid out so that all first
cells of the pooling windows come first, then all second cells and so on. A layer's worth of pooling is then a few whole
array operations, with no gathering between the convolution and the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from .. import ties
from ..arrays import Array, BoolArray, DType, IndexArray
from ..layers.avg_pool2d import AvgPool2d
from ..layers.conv2d import Conv2d
from ..layers.dense import Dense
from ..layers.max_pool2d import MaxPool2d
from ..network import Network
from ..windows import Windows, windows_over
from ..work import Work

LAYER_TYPES = (("conv2d",), ("relu",), ("max_pool2d", "avg_pool2d"), ("flatten",), ("dense",))
WORTH_PLANNING = 1_000_000
"""Numbers in one image's columns from which on the general way is as fast, and takes less memory."""


@dataclass(frozen=True)
class ConvPoolDense:
    """A network of this shape, and where each number of its convolution comes from.

    With C cells in a pooling window, P windows on a map, O filters and I input maps:

    Attributes
    ----------
    conv, pool, dense
        Its layers.
    index
        (C, K, P): which number of an extended image (see `extended`) kernel number k meets at the convolution's
        output under cell c of pooling window p. K = I·kH·kW, plus 1 for the bias if the pool takes the mean.
    exists
        (C, P): which cells of a window exist. One that does not meets what the window's first cell meets, if the bias
        is added after pooling; else it meets zeros only.
    inverse_counts
        (P,): 1 / the number of cells of each window that exist.
    """

    conv: Conv2d
    pool: MaxPool2d | AvgPool2d
    dense: Dense
    index: IndexArray
    exists: BoolArray
    inverse_counts: Array

    @property
    def cells(self) -> int:
        """C, the cells of a pooling window."""
        return len(self.index)

    @property
    def weights(self) -> int:
        """K, the numbers of a filter, its bias among them."""
        return int(self.index.shape[1])

    @property
    def products(self) -> int:
        """I·kH·kW, the numbers of a kernel."""
        return self.weights - int(self.conv.bias and not self.adds_bias_after_pool)

    @property
    def windows(self) -> int:
        """P, the pooling windows on a map."""
        return int(self.index.shape[2])

    @property
    def features(self) -> int:
        """O·P, what the dense layer takes in."""
        return self.conv.out_channels * self.windows

    @property
    def takes_largest(self) -> bool:
        """Whether the pool takes the maximum; else it takes the mean."""
        return isinstance(self.pool, MaxPool2d)

    @property
    def adds_bias_after_pool(self) -> bool:
        """Whether the convolution's bias waits until the maximum is known: max(z + b) = max z + b.

        Not only is that less work. Kernels of whole numbers make exact ties, which a bias that took its place among
        the products would break by its rounding, now this way and now that.
        """
        return self.conv.bias and self.takes_largest

    @property
    def ties_share(self) -> bool:
        """Whether every cell that equals its window's maximum wins, not only the first."""
        return isinstance(self.pool, MaxPool2d) and self.pool.tie_break == "all"

    def reach(self, images: Array, dtype: DType) -> Array:
        """(N,): times the length of all kernels and biases, a bound on the tolerance of what the convolution gives.

        See `ties.bound_of_sums`. It is 0 in float32, where most batches have gaps that rounding could close: there
        plain comparisons decide.
        """
        if dtype == np.float32:
            return np.zeros(len(images), dtype=dtype)
        scale = ties.lengths(images.reshape(len(images), -1).astype(dtype)) + 1
        reach: Array = scale * (1.1 * ties.unit(self.products, dtype))
        return reach

    def conv_layout(self) -> IndexArray:
        """(O, numbers): a row for each filter, its kernel and then its bias, as places in the two arrays end to end."""
        filters, bias = self.conv.out_channels, int(self.conv.bias)
        kernels = np.arange(filters * self.products).reshape(filters, self.products)
        biases = filters * self.products + np.arange(filters * bias)
        return np.hstack([kernels, biases.reshape(filters, bias)])

    def dense_layout(self) -> IndexArray:
        """(O·P + 1, classes), without the last row if there is no bias: a row for each feature, then the bias."""
        return np.arange((self.features + int(self.dense.bias)) * self.dense.out_features).reshape(
            -1, self.dense.out_features
        )


@dataclass(frozen=True)
class PlanSizes:
    """The sizes of a `ConvPoolDense` of a network, which follow from its shapes before any array is made.

    Attributes
    ----------
    pixels
        I·H·W + 2, the numbers of an extended image.
    positions
        The windows of the convolution.
    cells, weights, windows, filters, classes
        C, K, P, O, and the outputs of the dense layer.
    """

    pixels: int
    positions: int
    cells: int
    weights: int
    windows: int
    filters: int
    classes: int

    @property
    def columns(self) -> int:
        """C·K·P, the numbers in one image's columns."""
        return self.cells * self.weights * self.windows

    @property
    def features(self) -> int:
        """O·P, what the dense layer takes in."""
        return self.filters * self.windows

    def layout_work(self) -> Work:
        """Estimate of `recognise`."""
        return Work.of(calls=40, moved=4 * self.columns, kept=self.columns, temporary=self.columns) + Work.of(
            temporary=3 * self.weights * self.positions
        )

    def products(self, examples: int) -> int:
        """Multiply-adds of a step: convolution and dense layer forward, and backward by weights and features."""
        return examples * (2 * self.columns * self.filters + 3 * self.features * self.classes)


def sizes_of(network: Network) -> PlanSizes | None:
    """Return the sizes of `network` as a `ConvPoolDense`; None if it is of another shape, or too large to plan."""
    parts = _parts(network)
    if parts is None:
        return None
    conv, pool, dense = parts
    channels, height, width = network.input_shape
    seen, pooled = _windows_of(network, conv, pool)
    # A pooling whose windows lie far apart reads few of the convolution's, but the plan begins with all of those.
    if channels * seen.depth * max(seen.count, pooled.depth * pooled.count) > WORTH_PLANNING:
        return None
    return PlanSizes(
        pixels=channels * height * width + 2,
        positions=seen.count,
        cells=pooled.depth,
        weights=channels * seen.depth + 1,
        windows=pooled.count,
        filters=conv.out_channels,
        classes=dense.out_features,
    )


def match(network: Network) -> ConvPoolDense | None:
    """`network` as a `ConvPoolDense`; None if it is of another shape."""
    parts = _parts(network)
    return None if parts is None or sizes_of(network) is None else _laid_out(network, *parts)


def _parts(network: Network) -> tuple[Conv2d, MaxPool2d | AvgPool2d, Dense] | None:
    layers = network.layers[:-1] if network.layers[-1].type == "softmax" else network.layers
    if len(layers) != len(LAYER_TYPES) or any(
        layer.type not in types for layer, types in zip(layers, LAYER_TYPES, strict=True)
    ):
        return None
    conv, _, pool, _, dense = layers
    if not (isinstance(conv, Conv2d) and isinstance(pool, MaxPool2d | AvgPool2d) and isinstance(dense, Dense)):
        return None
    return conv, pool, dense


def _windows_of(network: Network, conv: Conv2d, pool: MaxPool2d | AvgPool2d) -> tuple[Windows, Windows]:
    _, height, width = network.input_shape
    seen = windows_over(height, width, conv.kernel_size, conv.stride, conv.padding, conv.dilation)
    return seen, windows_over(
        *seen.output_size, pool.kernel_size, pool.stride or pool.kernel_size, pool.padding, (1, 1), pool.ceil_mode
    )


def _laid_out(network: Network, conv: Conv2d, pool: MaxPool2d | AvgPool2d, dense: Dense) -> ConvPoolDense:
    channels, height, width = network.input_shape
    seen, pooled = _windows_of(network, conv, pool)
    zero, one = channels * height * width, channels * height * width + 1
    of_kernel = seen.stack_index(channels)  # (I, kH·kW, positions)
    if seen.padding_mask is not None:
        of_kernel = np.where(seen.padding_mask, zero, of_kernel)
    of_kernel = of_kernel.reshape(-1, seen.count)
    after_pool = conv.bias and isinstance(pool, MaxPool2d)
    if conv.bias and not after_pool:
        of_kernel = np.vstack([of_kernel, np.full(seen.count, one)])
    index = of_kernel[:, pooled.index].swapaxes(0, 1)  # (C, K, P); a missing cell stands for its window's first
    missing = (
        np.zeros((pooled.depth, pooled.count), dtype=np.bool_) if pooled.padding_mask is None else pooled.padding_mask
    )
    if not after_pool:
        # A cell that is not there meets zeros only, its bias too. So it comes out as 0: less than no number that
        # passes the ReLU, nothing to a sum, and nothing to any gradient.
        index = np.where(missing[:, None], zero, index)
    return ConvPoolDense(conv, pool, dense, np.ascontiguousarray(index), ~missing, 1 / pooled.counts.reshape(-1))


def extended(images: Array, dtype: DType) -> Array:
    """(N, *shape) -> (N, I·H·W + 2): each image as a row, followed by a 0 and a 1."""
    rows = np.empty((len(images), prod(images.shape[1:]) + 2), dtype=dtype)
    rows[:, :-2] = images.reshape(len(images), -1)
    rows[:, -2:] = 0, 1
    return rows
