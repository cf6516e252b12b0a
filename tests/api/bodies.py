"""Bodies of requests, written out by hand from the notebook."""

from typing import Any

EIGHT = [[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]]
TWO = [[0, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 0]]
KERNEL = [[0, 0, 0], [0, 0, 0], [1, 0, 1]]
LOGITS = [
    0.05802171, -0.00893779, 0.06423701, -0.05868947, -0.01187308,
    0.00291787, -0.03199532, 0.0389161, 0.01085836, 0.00250945,
]  # fmt: skip
PROBABILITIES = [
    0.10520655, 0.09839264, 0.10586247, 0.09361722, 0.09810425,
    0.09956609, 0.0961499, 0.10321559, 0.10035984, 0.09952544,
]  # fmt: skip

CONV = {"type": "conv2d", "name": "conv", "out_channels": 1, "kernel_size": [3, 3], "bias": False}
POOL = {"type": "max_pool2d", "kernel_size": [2, 2], "stride": [2, 2], "ceil_mode": True, "tie_break": "all"}
DENSE = {"type": "dense", "name": "dense", "out_features": 10}
LAYERS: list[dict[str, Any]] = [CONV, {"type": "relu"}, POOL, {"type": "flatten"}, DENSE, {"type": "softmax"}]


def network(*layers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"input_shape": [1, 5, 5], "layers": list(layers) or LAYERS} | changes


def forward(**changes: Any) -> dict[str, Any]:
    """The notebook's request; the dense layer passes on the printed logits, as its bias."""
    dense = {"weight": [[0] * 10] * 4, "bias": LOGITS}
    body = {"network": network(), "parameters": {"conv": {"weight": [[KERNEL]]}, "dense": dense}, "image": EIGHT}
    return {key: value for key, value in (body | changes).items() if value is not ...}


TWO_CLASSES = network({"type": "flatten"}, {**DENSE, "out_features": 2}, input_shape=[1, 1, 1])
"""One pixel, two scores: small enough to train by hand."""
NOTHING_LEARNED = {"dense": {"weight": [[0, 0]], "bias": [0, 0]}}
ONE = {"image": [[1]], "label": 1}


def by_hand(**changes: Any) -> dict[str, Any]:
    """One example, one step: p = (1/2, 1/2), so the gradient by the scores is (1/2, -1/2)."""
    body = {"network": TWO_CLASSES, "parameters": NOTHING_LEARNED, "examples": [ONE], "epochs": 1}
    body |= {"optimizer": {"type": "sgd", "learning_rate": 0.5}}
    return {key: value for key, value in (body | changes).items() if value is not ...}


def eight_and_two(**changes: Any) -> dict[str, Any]:
    """The notebook's network and its two drawings."""
    examples = [{"image": EIGHT, "label": 8}, {"image": TWO, "label": 2}]
    return by_hand(network=network(), parameters=..., seed=1, examples=examples, epochs=6) | changes


def long_training(**changes: Any) -> dict[str, Any]:
    """More than a minute of work, with an event every few milliseconds."""
    return eight_and_two(examples={"dataset": "digits"}, epochs=10_000, snapshot_every=10_000) | changes
