"""The networks of the experiments, as requests write them, every size spelt out."""

from typing import Any


def digit_classifier(
    filters: int,
    *,
    padding: int = 1,
    conv_bias: bool = True,
    initialiser: str = "he",
    frozen: bool = False,
    tie_break: str = "first",
) -> dict[str, Any]:
    """A network that reads digits: filters, ReLU, max pooling over 2×2 with partial windows, dense, softmax.

    Parameters
    ----------
    filters : int
        How many 3×3 filters.
    padding : int
        Rings of zeros around the image: 1 keeps the maps at 5×5 and pools them to 3×3, 0 makes them 3×3 and 2×2.
    conv_bias : bool
        Whether each filter adds a number of its own.
    initialiser : str
        How the layers draw weights that are not given.
    frozen : bool
        Whether training leaves the filters as they are.
    tie_break : str
        Where max pooling sends the gradient of cells that are equal.
    """
    conv = {
        "type": "conv2d",
        "name": "conv",
        "out_channels": filters,
        "kernel_size": [3, 3],
        "stride": [1, 1],
        "padding": [[padding, padding], [padding, padding]],
        "bias": conv_bias,
        "initialiser": initialiser,
        "frozen": frozen,
    }
    pool = {
        "type": "max_pool2d",
        "name": "pool",
        "kernel_size": [2, 2],
        "stride": [2, 2],
        "padding": [[0, 0], [0, 0]],
        "ceil_mode": True,
        "tie_break": tie_break,
    }
    return {
        "input_shape": [1, 5, 5],
        "layers": [
            conv,
            {"type": "relu", "name": "relu"},
            pool,
            {"type": "flatten", "name": "flatten"},
            {"type": "dense", "name": "dense", "out_features": 10, "initialiser": initialiser},
            {"type": "softmax", "name": "softmax"},
        ],
    }
