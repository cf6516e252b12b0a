"""Requests that are JSON and yet do not fit, and the field that the refusal must name."""

import json
from typing import Any

from tests.api.bodies import CONV, DENSE, EIGHT, KERNEL, ONE, POOL, TWO_CLASSES, by_hand, forward, network

SOFTMAX = {"type": "softmax"}
FLATTEN = {"type": "flatten"}


def image(*rows: Any) -> dict[str, Any]:
    return forward(image=list(rows))


def net(*layers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return forward(network=network(*layers, **changes))


def conv(**changes: Any) -> dict[str, Any]:
    return forward(network=network(CONV | changes, FLATTEN, DENSE), parameters=..., seed=1)


def pool(**changes: Any) -> dict[str, Any]:
    return {"input": EIGHT, "kind": "max", "kernel_size": 2} | changes


def convolve(**changes: Any) -> dict[str, Any]:
    return {"input": [1, 2, 3], "kernel": [1, 1]} | changes


def sizes(**changes: Any) -> dict[str, Any]:
    return {"size": 3, "layers": [{"kernel_size": 1} | changes]}


def weight(value: Any) -> dict[str, Any]:
    return forward(parameters={"conv": {"weight": value}}, seed=1)


def state(**changes: Any) -> dict[str, Any]:
    momentum = {"type": "sgd", "momentum": 0.9}
    return by_hand(optimizer=momentum, optimizer_state={"step": 1} | changes)


def evaluate(examples: Any) -> dict[str, Any]:
    return {"network": TWO_CLASSES, "seed": 1, "examples": examples}


def backward(**changes: Any) -> dict[str, Any]:
    return {"network": TWO_CLASSES, "seed": 1, **ONE} | changes


def replay(*snapshots: Any, **changes: Any) -> dict[str, Any]:
    return {"network": TWO_CLASSES, "snapshots": list(snapshots), "image": [[1]]} | changes


OVERFLOWING = forward(image=[[1e308] * 5] * 5, parameters={"conv": {"weight": [[[[10] * 3] * 3]]}}, seed=1)
WITHOUT_BIAS = forward(parameters={"conv": {"weight": [[KERNEL]]}, "dense": {"weight": [[0] * 10] * 4}})
IN_2D = {"input": EIGHT, "kernel": KERNEL, "convention": "f(j)g(i-j)"}


def raw(template: str) -> bytes:
    """The notebook's request with its image replaced by text that json.dumps would not write."""
    return json.dumps(forward(image="IMAGE")).replace('"IMAGE"', template).encode()


UNPROCESSABLE: list[tuple[str, str, Any, str]] = [
    # name of the case, endpoint, body, field that the reply must name
    ("ragged rows", "forward", image([0, 1], [0]), "image"),
    ("ragged maps", "forward", forward(image=[[[0, 1]], [[0]]]), "image"),
    ("a string for a number", "forward", image([0, "1"], [0, 1]), "image.0.1"),
    ("true for a number", "forward", image([0, 1], [True, 1]), "image.1.0"),
    ("null for a number", "forward", image([0, None], [0, 1]), "image.0.1"),
    ("NaN", "forward", raw("[[NaN]]"), "image.0.0"),
    ("Infinity", "forward", raw("[[0, -Infinity]]"), "image.0.1"),
    ("a number that overflows", "forward", raw("[[1e999]]"), "image.0.0"),
    ("a whole number that overflows", "forward", raw(f"[[{'9' * 400}]]"), "image.0.0"),
    ("no rows", "forward", forward(image=[]), "image"),
    ("no columns", "forward", image([], []), "image"),
    ("a number for an image", "forward", forward(image=3), "image"),
    ("an object for an image", "forward", forward(image={"0": 1}), "image"),
    ("a vector for an image", "forward", image(1, 2, 3), "image"),
    ("too many axes", "forward", forward(image=[[[[1]]]]), "image"),
    ("far too many axes", "forward", raw("[" * 150 + "1" + "]" * 150), "image"),
    ("lists beside numbers", "forward", image([0, [1]], [0, 1]), "image.0.1"),
    ("an image of another size", "forward", image([0, 1], [0, 1]), "image"),
    ("one of several images of another size", "forward", forward(image=..., images=[EIGHT, [[1]]]), "images.1"),
    ("no images", "forward", forward(image=..., images=[]), "images"),
    ("neither image nor images", "forward", forward(image=...), "image"),
    ("both image and images", "forward", forward(images=[EIGHT]), "image"),
    ("null for the image", "forward", forward(image=None), "image"),
    ("an unknown field", "forward", forward(imgae=EIGHT), "imgae"),
    ("an unknown field of a layer", "forward", conv(kernal_size=3), "network.layers.0.kernal_size"),
    ("no network", "forward", forward(network=...), "network"),
    ("null for the network", "forward", forward(network=None), "network"),
    ("a list for the body", "forward", [], ""),
    ("null for the body", "forward", None, ""),
    ("no layers", "forward", net(layers=[]), "network.layers"),
    ("an unknown layer type", "forward", net({"type": "conv3d"}), "network.layers.0.type"),
    ("a layer without a type", "forward", net({"name": "conv"}), "network.layers.0.type"),
    ("a string for a layer", "forward", net(layers=["relu"]), "network.layers.0"),
    ("0 x 0", "forward", net(input_shape=[1, 0, 0]), "network.input_shape.1"),
    ("a million by a million", "forward", net(input_shape=[1, 10**6, 10**6]), "network.input_shape.1"),
    ("two sizes for a shape", "forward", net(input_shape=[5, 5]), "network.input_shape"),
    ("true for a size", "forward", net(input_shape=[True, 5, 5]), "network.input_shape.0"),
    ("a fraction for a size", "forward", net(input_shape=[1.5, 5, 5]), "network.input_shape.0"),
    ("a kernel beyond the padded input", "forward", conv(kernel_size=[7, 7]), "network.layers.0.kernel_size"),
    ("a stride of 0", "forward", conv(stride=0), "network.layers.0.stride"),
    ("a string for a stride", "forward", conv(stride="1"), "network.layers.0.stride"),
    ("a negative padding", "forward", conv(padding=-1), "network.layers.0.padding"),
    ("an unknown padding", "forward", conv(padding="full"), "network.layers.0.padding"),
    ("same with a stride", "forward", conv(padding="same", stride=2), "network.layers.0.padding"),
    ("a number for a bool", "forward", conv(bias=0), "network.layers.0.bias"),
    ("a huge number of filters", "forward", conv(out_channels=10**9), "network.layers.0.out_channels"),
    ("more filters than numbers have", "forward", conv(out_channels=10**30), "network.layers.0.out_channels"),
    ("a kernel over the limit", "forward", conv(kernel_size=10**4), "network.layers.0.kernel_size"),
    ("no filters", "forward", conv(out_channels=0), "network.layers.0.out_channels"),
    ("null for a stride", "forward", net(POOL | {"stride": None}), "network.layers.0.stride"),
    ("too much padding for a pool", "forward", net(POOL | {"padding": 2}), "network.layers.0.padding"),
    ("an unknown tie_break", "forward", net(POOL | {"tie_break": "last"}), "network.layers.0.tie_break"),
    ("duplicate layer names", "forward", net(CONV, CONV), "network.layers.1.name"),
    ("a name of 10,000 letters", "forward", conv(name="x" * 10_000), "network.layers.0.name"),
    ("softmax of maps", "forward", net(CONV, SOFTMAX), "network.layers.1"),
    ("dense of maps", "forward", net(CONV, DENSE), "network.layers.1"),
    ("missing parameters", "forward", forward(parameters=...), "parameters.conv"),
    ("a missing bias", "forward", WITHOUT_BIAS, "parameters.dense.bias"),
    ("a weight of another shape", "forward", weight([[[[1]]]]), "parameters.conv.weight"),
    ("a ragged weight", "forward", weight([[[[1, 2], [3]]]]), "parameters.conv.weight"),
    ("parameters of no layer", "forward", forward(parameters={"cnov": {"weight": [1]}}, seed=1), "parameters.cnov"),
    ("a parameter of no layer", "forward", forward(parameters={"conv": {"b": [1]}}, seed=1), "parameters.conv.b"),
    ("a list for parameters", "forward", forward(parameters=[]), "parameters"),
    ("a fraction for a seed", "forward", forward(seed=0.5), "seed"),
    ("a negative seed", "forward", forward(seed=-1), "seed"),
    ("a seed of 100 digits", "forward", forward(seed=10**100), "seed"),
    ("numbers that become too large", "forward", OVERFLOWING, "network.layers.0"),
    ("a kernel beyond the padded input", "convolve", convolve(kernel=[1] * 4), "kernel"),
    ("a kernel with other axes", "convolve", convolve(kernel=[[1]]), "kernel"),
    ("an unknown convention", "convolve", convolve(convention="f*g"), "convention"),
    ("a convention that images have not", "convolve", IN_2D, "convention"),
    ("a padding of other axes", "convolve", convolve(padding=[[1, 1], [1, 1]]), "padding"),
    ("true for a padding", "convolve", convolve(padding=True), "padding"),
    ("a huge padding", "convolve", convolve(padding=2**31 - 1), "padding"),
    ("a stride of 0", "convolve", convolve(stride=0), "stride"),
    ("two strides for one axis", "convolve", convolve(stride=[1, 1]), "stride"),
    ("a string for explain", "convolve", convolve(explain="yes"), "explain"),
    ("an empty signal", "convolve", convolve(input=[]), "input"),
    ("no kernel", "convolve", {"input": [1]}, "kernel"),
    ("too long a signal", "convolve", convolve(input=[0] * 4097), "input"),
    ("too large a kernel", "convolve", convolve(input=EIGHT, kernel=[[1] * 32]), "kernel"),
    ("too many terms", "convolve", convolve(input=[1] * 4096, kernel=[1] * 100, explain=True), "explain"),
    ("sums that become too large", "convolve", convolve(input=[1e308, 1e308]), "input"),
    ("a layer beyond what is left", "output-size", {"size": 3, "layers": [{"kernel_size": 4}]}, "layers.0.kernel_size"),
    ("too large a size", "output-size", {"size": 4097, "layers": [{"kernel_size": 1}]}, "size"),
    ("a size of 0", "output-size", {"size": 0, "layers": [{"kernel_size": 1}]}, "size"),
    ("no layers", "output-size", {"size": 3, "layers": []}, "layers"),
    ("too many layers", "output-size", {"size": 3, "layers": [{"kernel_size": 1}] * 33}, "layers"),
    ("three paddings", "output-size", sizes(padding=[1, 1, 1]), "layers.0.padding"),
    ("a huge padding of a layer", "output-size", sizes(padding=5000), "layers.0.padding"),
    ("a list for an image", "responses", {"image": [1, 2]}, "image"),
    ("too large an image for all kernels", "responses", {"image": [[0] * 513]}, "image"),
    ("responses that become too large", "responses", {"image": [[1e308] * 5] * 5}, "image"),
    ("a window beyond the input", "pool", pool(kernel_size=6), "kernel_size"),
    ("an unknown kind", "pool", pool(kind="median"), "kind"),
    ("no kind", "pool", {"input": EIGHT, "kernel_size": 2}, "kind"),
    ("no kernel_size", "pool", {"input": EIGHT, "kind": "max"}, "kernel_size"),
    ("a kernel_size of 0", "pool", pool(kernel_size=[0, 2]), "kernel_size"),
    ("a vector", "pool", pool(input=[1, 2]), "input"),
    ("too large an image", "pool", pool(input=[[0] * 513]), "input"),
    ("too many windows", "pool", pool(input=[[0] * 300] * 300, kernel_size=1), "input"),
    ("no examples", "train", by_hand(examples=[]), "examples"),
    ("no field examples", "train", by_hand(examples=...), "examples"),
    ("a number for examples", "train", by_hand(examples=3), "examples"),
    ("null for test", "train", by_hand(test=None), "test"),
    ("an example without a label", "train", by_hand(examples=[ONE, {"image": [[1]]}]), "examples.1.label"),
    ("a string for a label", "train", by_hand(examples=[ONE | {"label": "1"}]), "examples.0.label"),
    ("a label that is no class", "train", by_hand(examples=[ONE, ONE | {"label": 2}]), "examples.1.label"),
    ("a huge label", "train", by_hand(examples=[ONE | {"label": 10**30}]), "examples.0.label"),
    ("a negative label", "train", by_hand(test=[ONE | {"label": -1}]), "test.0.label"),
    ("an example of another size", "train", by_hand(examples=[ONE, ONE | {"image": [[1, 1]]}]), "examples.1.image"),
    ("a test example of another size", "train", by_hand(test=[ONE | {"image": [[[1]], [[1]]]}]), "test.0.image"),
    ("a ragged example", "train", by_hand(examples=[ONE | {"image": [[1], [1, 2]]}]), "examples.0.image"),
    ("a data set that is not there", "train", by_hand(examples={"dataset": "mnist"}), "examples.dataset"),
    ("a data set of another size", "train", by_hand(examples={"dataset": "digits"}), "examples.dataset"),
    ("a split that is not there", "train", by_hand(test={"dataset": "digits", "split": "exam"}), "test.split"),
    ("a split without images", "train", by_hand(test={"dataset": "digits", "split": "test"}), "test.split"),
    ("a limit of 0", "train", by_hand(examples={"dataset": "digits", "limit": 0}), "examples.limit"),
    ("no optimizer of that type", "train", by_hand(optimizer={"type": "lion"}), "optimizer.type"),
    ("an optimizer without a type", "train", by_hand(optimizer={}), "optimizer.type"),
    ("a learning rate of 0", "train", by_hand(optimizer={"type": "adam", "learning_rate": 0}),
     "optimizer.learning_rate"),
    ("a momentum of 1", "train", by_hand(optimizer={"type": "sgd", "momentum": 1}), "optimizer.momentum"),
    ("one beta", "train", by_hand(optimizer={"type": "adam", "betas": [0.9]}), "optimizer.betas"),
    ("a beta beyond 1", "train", by_hand(optimizer={"type": "adam", "betas": [0.9, 2]}), "optimizer.betas.1"),
    ("a momentum for adam", "train", by_hand(optimizer={"type": "adam", "momentum": 0}), "optimizer.momentum"),
    ("no epochs", "train", by_hand(epochs=0), "epochs"),
    ("half an epoch", "train", by_hand(epochs=0.5), "epochs"),
    ("a batch of none", "train", by_hand(batch_size=0), "batch_size"),
    ("an epoch 0", "train", by_hand(first_epoch=0), "first_epoch"),
    ("a run that leaves no next epoch", "train", by_hand(first_epoch=10**12), "first_epoch"),
    ("a run that ends beyond the last epoch", "train", by_hand(first_epoch=10**12 - 4, epochs=5), "first_epoch"),
    ("a last update", "train", state(step=2**53 - 1), "optimizer_state.step"),
    ("a negative mean of squares", "train",
     by_hand(optimizer={"type": "adam"}, optimizer_state={
         "step": 1, "exp_avg": {"dense": {"weight": [[0, 0]], "bias": [0, 0]}},
         "exp_avg_sq": {"dense": {"weight": [[0, -1]], "bias": [0, 0]}}}),
     "optimizer_state.exp_avg_sq.dense.weight"),
    ("an epoch of 30 digits", "train", by_hand(first_epoch=10**30), "first_epoch"),
    ("a number for shuffle", "train", by_hand(shuffle=1), "shuffle"),
    ("a probe of another size", "train", by_hand(probe=[[1, 2]]), "probe"),
    ("missing parameters", "train", by_hand(parameters=...), "parameters.dense"),
    ("a count for a state", "train", by_hand(optimizer_state=3), "optimizer_state"),
    ("a negative step", "train", state(step=-1), "optimizer_state.step"),
    ("a slot that no optimizer has", "train", state(speed={}), "optimizer_state.speed"),
    ("a velocity without momentum", "train",
     by_hand(optimizer={"type": "sgd"}, optimizer_state={"velocity": {"dense": {"weight": [[0, 0]], "bias": [0, 0]}}}),
     "optimizer_state.velocity"),
    ("a slot of another optimizer", "train", state(exp_avg={}), "optimizer_state.exp_avg"),
    ("a slot of no layer", "train", state(velocity={"conv": {"weight": [1]}}), "optimizer_state.velocity.conv"),
    ("a slot of another shape", "train", state(velocity={"dense": {"weight": [[0]], "bias": [0, 0]}}),
     "optimizer_state.velocity.dense.weight"),
    ("no examples", "evaluate", evaluate([]), "examples"),
    ("a label that is no class", "evaluate", evaluate([ONE | {"label": 9}]), "examples.0.label"),
    ("a label that is no class", "backward", backward(label=2), "label"),
    ("an image of another size", "backward", backward(image=[[1, 2]]), "image"),
    ("a number for check", "backward", backward(check=1), "check"),
    ("a layer called as the result", "backward",
     backward(network=network({"type": "flatten"}, DENSE | {"name": "max_relative_error"}), image=EIGHT, check=True),
     "network"),
    ("numbers that become too large", "backward",
     backward(parameters={"dense": {"weight": [[1e308, -1e308]]}}, image=[[10]]), "network.layers.1"),
    ("numbers that become too large", "evaluate",
     evaluate([ONE | {"image": [[10]]}]) | {"parameters": {"dense": {"weight": [[1e308, 0]]}}}, "network.layers.1"),
    ("no snapshots", "replay", replay(), "snapshots"),
    ("missing parameters", "replay", replay({"dense": {"weight": [[0, 0]], "bias": [0, 0]}}, {}), "snapshots.1.dense"),
    ("a seed instead of parameters", "replay", replay({}, seed=1), "seed"),
    ("numbers that become too large", "replay",
     replay({"dense": {"weight": [[1e308, -1e308]], "bias": [0, 0]}}, image=[[10]]), "network.layers.1"),
]  # fmt: skip
