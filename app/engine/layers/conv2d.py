"""conv2d: filters slid over a batch of images (cross-correlation, as everywhere in deep learning)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import ClassVar

import numpy as np

from .. import ties
from ..arrays import Array, Cache, IndexArray, LayerParameters, Padding, Pair, Shape
from ..conv_arithmetic import same_padding
from ..exceptions import OptionError, bracketed
from ..initializers import INITIALISER_DOC, Initialiser
from ..windows import NO_PADDING, Windows, windows_over
from ..work import Work
from .base import Forward, SummingLayer, image_shape, naming

LARGE_MAP = 32_768
"""Larger maps (in windows) go by bands of rows, so that their columns stay in the cache."""


@dataclass(frozen=True, kw_only=True)
class Conv2d(SummingLayer):
    """2-D convolution without flipping the kernel.

    z[o, r, q] = b[o] + Σ_i Σ_j Σ_k w[o, i, j, k] · x[i, r·s + j·d − top, q·s + k·d − left], stride s, dilation d:
    (N, I, H, W) -> (N, O, H', W') with H' = ⌊(H + top + bottom − d·(kH − 1) − 1) / s⌋ + 1, W' alike; cells of the
    padding count as 0. Weight (O, I, kH, kW), bias (O,). As torch.nn.Conv2d with groups 1.
    """

    type: ClassVar[str] = "conv2d"

    frozen: bool = field(default=False, metadata={"doc": "Training leaves the weight and bias as they are."})
    frozen_filters: tuple[int, ...] = field(
        default=(), metadata={"doc": "Filters that training leaves as they are, kernel and bias.", "ge": 0}
    )
    out_channels: int = field(metadata={"doc": "Number of filters; each makes one feature map.", "ge": 1})
    kernel_size: Pair = field(metadata={"doc": "Height and width of every kernel.", "ge": 1})
    stride: Pair = field(default=(1, 1), metadata={"doc": "Cells from one window to the next.", "ge": 1})
    padding: Padding = field(
        default=NO_PADDING,
        metadata={
            "doc": "Rings of zeros around the input: n, (vertical, horizontal), ((top, bottom), (left, right)), "
            '"valid" (none), or "same" (as many as keep the size; stride 1 only).',
            "ge": 0,
        },
    )
    dilation: Pair = field(default=(1, 1), metadata={"doc": "Cells from one kernel number to the next.", "ge": 1})
    bias: bool = field(default=True, metadata={"doc": "Whether each filter adds a number of its own."})
    initialiser: Initialiser = field(default="notebook", metadata={"doc": INITIALISER_DOC})

    def __post_init__(self) -> None:
        # mypy sees the kept form of padding; callers may also write "same".
        same = str(self.padding) == "same"
        if same:
            object.__setattr__(self, "padding", NO_PADDING)
        super().__post_init__()
        if self.frozen_filters and self.frozen_filters[-1] >= self.out_channels:
            raise OptionError(
                f"frozen_filters {bracketed(self.frozen_filters)} names a filter that is not there",
                where=self.label,
                field="frozen_filters",
                value=self.frozen_filters,
                allowed=f"filters from 0 to {self.out_channels - 1}",
            )
        if same:
            if self.stride != (1, 1):
                raise OptionError(
                    f"padding 'same' does not go with stride {bracketed(self.stride)}",
                    where=self.label,
                    field="padding",
                    value="same",
                    allowed="'same' with stride 1, 'valid', or numbers",
                )
            object.__setattr__(self, "padding", same_padding(self.kernel_size, self.dilation))

    def output_shape(self, input_shape: Shape) -> Shape:
        """(I, H, W) -> (O, H', W')."""
        _, height, width = image_shape(input_shape, self.label)
        with naming(self.label):
            return (self.out_channels, *self._windows(height, width).output_size)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """``weight`` (O, I, kH, kW) and, if asked for, ``bias`` (O,)."""
        channels = image_shape(input_shape, self.label)[0]
        weight: dict[str, Shape] = {"weight": (self.out_channels, channels, *self.kernel_size)}
        return {**weight, "bias": (self.out_channels,)} if self.bias else weight

    def _windows(self, height: int, width: int) -> Windows:
        return windows_over(height, width, self.kernel_size, self.stride, self.padding, self.dilation)

    def forward(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """One matrix product: rows are filters, columns are windows ("im2col", Chellapilla et al. 2006)."""
        images, _, height, width = x.shape
        windows = self._windows(height, width)
        if windows.count > LARGE_MAP:
            return self._forward_by_bands(windows, parameters, x), (x, None)
        columns = windows.im2col(x)
        z = parameters["weight"].reshape(self.out_channels, -1) @ columns
        if self.bias:
            z += parameters["bias"][:, None]
        return z.reshape(images, self.out_channels, *windows.output_size), (x, columns)

    def forward_single(self, input_shape: Shape) -> Forward:
        """Forward of one image: the windows of all its channels in one `take` of an index made beforehand."""
        channels, height, width = input_shape
        windows = self._windows(height, width)
        if channels > windows.gather_maps:
            return self.forward
        index = windows.stack_index(channels).reshape(-1, windows.count)
        return partial(self._forward_single, windows, index, (1, self.out_channels, *windows.output_size))

    def _forward_single(
        self, windows: Windows, index: IndexArray, shape: Shape, parameters: LayerParameters, x: Array
    ) -> tuple[Array, Cache]:
        columns: Array = x.take(index)  # (I·K, P)
        if windows.padding_mask is not None:
            np.copyto(columns.reshape(-1, windows.depth, windows.count), 0, where=windows.padding_mask)
        z = parameters["weight"].reshape(self.out_channels, -1).dot(columns)
        if self.bias:
            z += parameters["bias"][:, None]
        return z.reshape(shape), (x, columns)

    def forward_in_order(self, parameters: LayerParameters, x: Array) -> tuple[Array, Cache]:
        """Products added one kernel cell after the other, channel by channel, the bias last."""
        windows = self._windows(*x.shape[2:])
        columns = windows.im2col(x)
        weight = parameters["weight"].reshape(self.out_channels, -1)
        z = ties.ordered_products(weight, columns)
        if self.bias:
            z += parameters["bias"][:, None]
        return z.reshape(len(x), self.out_channels, *windows.output_size), (x, columns)

    def products(self, input_shape: Shape) -> int:
        """I·kH·kW."""
        return input_shape[0] * prod(self.kernel_size)

    def tolerance_bound(self, parameters: LayerParameters, x: Array, of_input: float) -> float:
        """Return a bound for all outputs."""
        weight, bias = parameters["weight"], parameters["bias"] if self.bias else None
        return ties.bound_of_sums(weight[0].size, weight, bias, x, of_input)

    def _forward_by_bands(self, windows: Windows, parameters: LayerParameters, x: Array) -> Array:
        """A matrix product for each output row of each image."""
        weight = parameters["weight"]
        matrix = weight.transpose(0, 2, 1, 3).reshape(self.out_channels, -1)  # in the order of a band's columns
        z = np.empty((len(x), self.out_channels, *windows.output_size), dtype=np.result_type(weight, x))
        for image, of_image in zip(x, z, strict=True):
            for rows, columns in windows.row_blocks(image):
                of_band = of_image[:, rows]
                np.matmul(matrix, columns, out=of_band.swapaxes(0, 1))
                if self.bias:
                    of_band += parameters["bias"][:, None, None]
        return z

    def backward(self, parameters: LayerParameters, cache: Cache, grad_output: Array) -> tuple[Array, dict[str, Array]]:
        """Gradients by x, w and b.

        With the windows of image n as columns X_n (I·kH·kW, P) and the weight as a matrix W (O, I·kH·kW), the forward
        pass is Z_n = W X_n + b. For a scalar L with G_n = ∂L/∂Z_n (O, P) the product rule gives

        - ∂L/∂W = Σ_n G_n X_nᵀ, as W meets the windows of every image;
        - ∂L/∂b = Σ_n Σ_p G_n[:, p], as b is added to every window;
        - ∂L/∂X_n = Wᵀ G_n; and as a cell of x stands in several windows, ∂L/∂x is the sum over its places
          (`Windows.fold`), cells of the padding being dropped.
        """
        x, columns = cache
        images, _, height, width = x.shape
        windows = self._windows(height, width)
        # A single image leaves its columns without the batch axis, a map too large for one product leaves none.
        columns = windows.im2col(x) if columns is None else columns.reshape(images, -1, windows.count)
        weight = parameters["weight"]
        matrix = weight.reshape(self.out_channels, -1)
        grad = grad_output.reshape(images, self.out_channels, -1)
        grad_weight = np.add.reduce(grad @ columns.swapaxes(1, 2), axis=0)
        gradients = {"weight": grad_weight.reshape(weight.shape)}
        if self.bias:
            gradients["bias"] = grad.sum(axis=(0, 2))
        return windows.col2im(matrix.T @ grad), gradients

    def cost(self, input_shape: Shape) -> int:
        """O·H'·W'·I·kH·kW."""
        return prod(self.output_shape(input_shape)) * input_shape[0] * prod(self.kernel_size)

    def setup_work(self, input_shape: Shape) -> Work:
        """The index of all windows, and that of a single image's channels."""
        windows = self._windows(*input_shape[1:])
        return windows.setup_work() + windows.stack_work(input_shape[0])

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """The windows as columns, which are left for backward, and one product for each image."""
        channels, windows = input_shape[0], self._windows(*input_shape[1:])
        outputs, weight = images * self.out_channels * windows.count, self.out_channels * channels * windows.depth
        product = Work.of(
            products=images * self.cost(input_shape), calls=2 + images, moved=images * weight + outputs, kept=outputs
        )
        if windows.count > LARGE_MAP:
            return Work.of(temporary=weight) + windows.row_blocks_work(channels).repeated(images) + product
        return windows.im2col_work(images, channels) + product

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """Two products for each image: one leaves a weight for each, which are then added, one the columns' gradient.

        Both are dropped again.
        """
        channels, windows = input_shape[0], self._windows(*input_shape[1:])
        products, weight = images * self.cost(input_shape), self.out_channels * channels * windows.depth
        columns = windows.im2col_work(images, channels) if windows.count > LARGE_MAP else Work()
        by_weight = Work.of(
            products=products, calls=3 + images, kept=weight + self.out_channels, temporary=images * weight
        )
        by_columns = Work.of(
            products=products,
            calls=1 + images,
            moved=images * weight,
            temporary=images * channels * windows.depth * windows.count,
        )
        by_input = windows.col2im_work(images, channels)
        # The columns' gradient is there until it has been folded.
        both = Work(by_columns.cost, by_columns.peak, by_columns.peak) + by_input
        return (columns + by_weight + both.dropping(by_columns.peak)).dropping(columns.kept)
