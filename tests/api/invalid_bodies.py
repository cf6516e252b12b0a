"""Bodies of any length that do not validate: every field of every call, filled with what does not belong there."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.api.bodies import CONV, DENSE, EIGHT, KERNEL, by_hand, forward, network

LARGEST = 4 * 1024 * 1024

NETWORK_FIELDS = [
    "network", "network.input_shape", "network.layers", "network.layers.0", "network.layers.0.type",
    "network.layers.0.name", "network.layers.0.kernel_size", "network.layers.0.padding",
    "network.layers.0.frozen_filters", "network.layers.0.x",
]  # fmt: skip
PARAMETER_FIELDS = ["parameters", "parameters.conv", "parameters.conv.weight", "parameters.x", "seed"]
CALLS: dict[str, tuple[Any, list[str]]] = {
    "backward": (
        {"network": network(), "seed": 0, "image": EIGHT, "label": 8},
        [*NETWORK_FIELDS, *PARAMETER_FIELDS, "image", "label", "check"],
    ),
    "convolve": (
        {"input": EIGHT, "kernel": KERNEL, "padding": 1},
        ["input", "kernel", "padding", "stride", "dilation", "convention", "explain"],
    ),
    "evaluate": (
        {"network": network(), "seed": 0, "examples": [{"image": EIGHT, "label": 8}]},
        [*NETWORK_FIELDS, "examples", "examples.0", "examples.0.image", "include_probabilities"],
    ),
    "explain": (
        {"network": network(), "image": EIGHT, "cells": ["conv[0][0][0]"], "parameters": forward()["parameters"]},
        ["cells", "cells.0", "parameters.dense", "learning_rate", "image"],
    ),
    "forward": (forward(), [*NETWORK_FIELDS, *PARAMETER_FIELDS, "image", "images"]),
    "output-size": (
        {"size": 5, "layers": [{"kernel_size": 3}]},
        ["size", "layers", "layers.0", "layers.0.kernel_size", "layers.0.padding"],
    ),
    "pool": ({"input": EIGHT, "kind": "max", "kernel_size": 2}, ["input", "kind", "kernel_size", "stride"]),
    "replay": (
        {"network": network(), "image": EIGHT, "snapshots": [forward()["parameters"]]},
        ["snapshots", "snapshots.0", "snapshots.0.conv", "snapshots.0.conv.weight", "image"],
    ),
    "responses": ({"image": EIGHT}, ["image"]),
    "train": (
        by_hand(network=network(CONV, {"type": "flatten"}, DENSE), parameters=..., seed=1),
        [*NETWORK_FIELDS, "examples", "examples.0", "test", "optimizer", "optimizer.type", "optimizer.betas", "epochs",
         "optimizer_state", "optimizer_state.velocity", "optimizer_state.velocity.dense", "probe", "first_epoch"],
    ),
}  # fmt: skip
"""Each call with a good body and the fields to fill."""

UNITS = [
    b"[]", b"[0]", b"[[]]", b"[[0,1],[1]]", b"{}", b'{"a":1}', b'{"image":[[1]]}', b'{"type":"relu","x":1}',
    b'{"kernel_size":1}', b'{"conv":{"weight":[[[[1]]]]}}', b"0", b"-1", b"0.1", b"true", b"null", b'"a"', b'"ab"',
    b'"relu"', b"NaN", b"1e999", b"12345678901234567890", b"3.141592653589793", b'"\\u00e9\\n"', b"[" * 50 + b"]" * 50,
    b"9" * 4_000, b'"' + b"x" * 4_000 + b'"', '"\N{GRINNING FACE}é"'.encode(), b"{\"k\":{\"k\":{\"k\":[]}}}",
]  # fmt: skip

Fill = Callable[[random.Random, bytes, int], bytes]


def _list(_: random.Random, unit: bytes, length: int) -> bytes:
    return b"[" + b",".join([unit] * max(1, length // (len(unit) + 1))) + b"]"


def _rows(_: random.Random, unit: bytes, length: int) -> bytes:
    row = b"[" + b",".join([unit] * 100) + b"]"
    return b"[" + b",".join([row] * max(1, length // (len(row) + 1))) + b"]"


def _object(_: random.Random, unit: bytes, length: int) -> bytes:
    return b"{" + b",".join(b'"k%x":%s' % (n, unit) for n in range(max(1, length // (len(unit) + 9)))) + b"}"


def _last_is_wrong(_: random.Random, unit: bytes, length: int) -> bytes:
    row = b"[" + b",".join([b"0.25"] * 512) + b"]"
    return b"[" + b",".join([row] * max(1, length // (len(row) + 1))) + b",[" + unit + b"]]"


def _examples(_: random.Random, unit: bytes, length: int) -> bytes:
    example = b'{"image":[[0,1,1,1,0],[0,1,0,1,0],[0,1,1,1,0],[0,1,0,1,0],[0,1,1,1,0]],"label":8}'
    return b"[" + b",".join([example] * max(1, length // (len(example) + 1))) + b"," + unit + b"]"


def _deep(_: random.Random, unit: bytes, length: int) -> bytes:
    return b'{"a":' * (length // 6) + unit + b"}" * (length // 6)


def _long(_: random.Random, unit: bytes, length: int) -> bytes:
    text = unit.strip(b'"') if unit.startswith(b'"') else b"\\n"
    return b'"' + text * (length // len(text)) + b'"'


FILLS: list[Fill] = [_list, _list, _rows, _object, _last_is_wrong, _examples, _deep, _long]


def filled(call: str, field: str, filling: bytes) -> bytes:
    """The good body of a call, with `filling` in the place of one field."""
    body = copy.deepcopy(CALLS[call][0])
    here, (*parts, last) = body, field.split(".")
    for part in parts:
        here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
    here[int(last) if isinstance(here, list) else last] = "FILLING"
    before, after = json.dumps(body).encode().split(b'"FILLING"')
    return before + filling + after


def damaged(draw: random.Random, whole: bytes) -> bytes:
    """`whole` with one to three stretches of it cut out or replaced."""
    for _ in range(draw.randint(1, 3)):
        start = draw.randrange(len(whole))
        end = start + draw.choice([0, 1, 2, 10])
        whole = (
            whole[:start] + draw.choice([b"", b",", b"]", b"[", b"}", b'"', b"x", b"\xff", b"\\", b"-"]) + whole[end:]
        )
    return whole


def invalid_bodies(seed: int, count: int, largest: int = LARGEST) -> Iterator[tuple[str, str, bytes]]:
    """Yield `count` times a call, a description and a body of up to `largest` bytes, a quarter of them that long."""
    draw = random.Random(seed)  # noqa: S311 - any bodies will do
    for _ in range(count):
        call = draw.choice([*CALLS])
        field = draw.choice(["x", *CALLS[call][1]])
        unit, fill = draw.choice(UNITS), draw.choice(FILLS)
        length = largest - 2_000 if draw.random() < 0.25 else int(2 ** draw.uniform(8, 21.9) * largest / LARGEST)
        body = filled(call, field, fill(draw, unit, length))[:largest]
        about = f"{field} {fill.__name__} {unit[:20]!r} {len(body)}"
        if draw.random() < 0.2:
            body, about = damaged(draw, body)[:largest], about + " damaged"
        yield call, about, body
