"""What max and average pooling share: the options, the windows, and the shapes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import partial
from math import prod

from ..arrays import Array, Cache, IndexArray, LayerParameters, Padding, Pair, Shape
from ..exceptions import OptionError, bracketed
from ..windows import NO_PADDING, Windows, windows_over
from ..work import Work
from .base import Forward, Layer, image_shape, naming


@dataclass(frozen=True, kw_only=True)
class Pool2d(Layer):
    """A window slid over each map by itself, one number out for each place: (N, C, H, W) -> (N, C, H', W')."""

    kernel_size: Pair = field(metadata={"doc": "Height and width of the window.", "ge": 1})
    stride: Pair | None = field(
        default=None,
        metadata={"doc": "Cells from one window to the next; by default the kernel_size.", "ge": 1},
    )
    padding: Padding = field(
        default=NO_PADDING,
        metadata={
            "doc": "Rings of cells that are not there around the input, at most half the window on each side: "
            "n, (vertical, horizontal) or ((top, bottom), (left, right)).",
            "ge": 0,
        },
    )
    ceil_mode: bool = field(
        default=False,
        metadata={"doc": "Whether partial windows at the right and bottom edge count, if they start inside."},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stride is None:
            object.__setattr__(self, "stride", self.kernel_size)
        # Wider padding would make windows that see no cell at all, which have no maximum and no mean.
        limits = tuple(size // 2 for size in self.kernel_size)
        if any(max(sides) > limit for sides, limit in zip(self.padding, limits, strict=True)):
            raise OptionError(
                f"padding {bracketed(self.padding)} exceeds half the kernel_size {bracketed(self.kernel_size)}",
                where=self.label,
                field="padding",
                value=self.padding,
                allowed=f"at most {bracketed(limits)} (vertical, horizontal)",
            )

    def _windows(self, height: int, width: int) -> Windows:
        stride = self.stride or self.kernel_size
        return windows_over(height, width, self.kernel_size, stride, self.padding, (1, 1), self.ceil_mode)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C, H, W) -> (C, H', W')."""
        channels, height, width = image_shape(input_shape, self.label)
        with naming(self.label):
            return (channels, *self._windows(height, width).output_size)

    def forward_single(self, input_shape: Shape) -> Forward:
        """Forward of one image: all its maps in one `take` of an index made beforehand."""
        channels, height, width = input_shape
        windows = self._windows(height, width)
        if channels > windows.gather_maps:
            return self.forward
        # (K, C·P): the cells of a window below one another, as a reduction over the first axis is the quickest.
        index = windows.stack_index(channels).swapaxes(0, 1).reshape(windows.depth, -1)
        return partial(self._forward_single, windows, index, (1, channels, *windows.output_size))

    @abstractmethod
    def _forward_single(
        self, windows: Windows, index: IndexArray, shape: Shape, _: LayerParameters, x: Array
    ) -> tuple[Array, Cache]:
        """Forward of one image `x` with the index of its windows and the shape of the output."""

    def cost(self, input_shape: Shape) -> int:
        """C·H'·W'·kH·kW comparisons or additions."""
        return prod(self.output_shape(input_shape)) * prod(self.kernel_size)

    def setup_work(self, input_shape: Shape) -> Work:
        """The index of all windows, and that of a single image's maps in another order."""
        windows = self._windows(*input_shape[1:])
        return windows.setup_work() + windows.stack_work(input_shape[0]) * 2

    def forward_work(self, input_shape: Shape, images: int) -> Work:
        """All windows gathered and reduced, or one call for each cell of a window."""
        windows, maps = self._windows(*input_shape[1:]), images * input_shape[0]
        outputs = Work.of(calls=4, kept=maps * windows.count, temporary=2 * maps * windows.count)
        if maps <= windows.gather_maps:
            return windows.gather_work(maps).dropping() + outputs
        # An average whose sums are too large for a float is taken again of a scaled copy.
        copy = Work.of(temporary=maps * prod(windows.input_size))
        return windows.cells_work(maps, calls=2) + copy + outputs

    def backward_work(self, input_shape: Shape, images: int) -> Work:
        """Five calls for each cell of a window, with arrays as large as the output."""
        windows, maps = self._windows(*input_shape[1:]), images * input_shape[0]
        inputs, outputs = maps * prod(windows.input_size), maps * windows.count
        return windows.cells_work(maps, calls=5) + Work.of(calls=4, kept=inputs, temporary=3 * outputs)

    def decision_work(self, input_shape: Shape, images: int) -> Work:
        """Four calls for each cell of a window."""
        windows, maps = self._windows(*input_shape[1:]), images * input_shape[0]
        return Work.of(calls=4, temporary=3 * maps * windows.count) + windows.cells_work(maps, calls=4)
