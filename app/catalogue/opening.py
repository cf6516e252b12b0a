"""What the playground opens with."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A first view: a network whose filters start as presets, and a drawing.

    Parameters
    ----------
    presets : tuple of str
        The ids of the kernels, one a filter.
    digit : int
        The drawing: this digit in the house style of the data set `digits`.
    seed : int
        What the layers without a preset are drawn from.
    selected : str
        The address of the cell whose origin is drawn at first.
    """

    presets: tuple[str, ...]
    digit: int
    seed: int
    selected: str

    @property
    def network(self) -> dict[str, Any]:
        """The network as requests write it: the notebook's, with one filter a preset."""
        return {
            "input_shape": [1, 5, 5],
            "layers": [
                {
                    "type": "conv2d", "name": "conv", "out_channels": len(self.presets), "kernel_size": [3, 3],
                    "stride": [1, 1], "padding": [[0, 0], [0, 0]], "bias": False,
                },
                {"type": "relu"},
                {"type": "max_pool2d", "name": "pool", "kernel_size": [2, 2], "stride": [2, 2], "ceil_mode": True},
                {"type": "flatten"},
                {"type": "dense", "name": "dense", "out_features": 10},
                {"type": "softmax"},
            ],
        }  # fmt: skip


OPENING: Final = Opening(
    presets=("notebook", "sobel-vertical", "laplacian-4", "sharpen"), digit=8, seed=17, selected="conv[0][0][1]"
)
