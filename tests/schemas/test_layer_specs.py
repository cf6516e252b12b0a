"""The request models of the layers are the engine's own declarations."""

from dataclasses import MISSING, fields
from typing import Any

import pytest
from pydantic import ValidationError

from app.engine.layers import LAYERS
from app.engine.network import Network
from app.schemas.layers import LAYER_SPECS
from app.schemas.network import NetworkSpec
from tests.api.bodies import network

LEAST: dict[str, dict[str, Any]] = {
    "conv2d": {"out_channels": 2, "kernel_size": 3},
    "max_pool2d": {"kernel_size": 2},
    "avg_pool2d": {"kernel_size": 2},
    "dense": {"out_features": 3},
}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_spec_has_every_option_of_its_layer_with_its_default_and_description(kind: str) -> None:
    declared = {option.name: option for option in fields(LAYERS[kind])}
    spec = LAYER_SPECS[kind].model_fields
    assert spec.keys() == {"type", *declared}
    for name, option in declared.items():
        assert spec[name].description == option.metadata["doc"]
        assert spec[name].is_required() == (option.default is MISSING)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_spec_with_the_least_it_needs_makes_the_layer_with_its_defaults(kind: str) -> None:
    least = LEAST.get(kind, {})
    assert LAYER_SPECS[kind].model_validate({"type": kind} | least).layer() == LAYERS[kind](**least)


@pytest.mark.parametrize(
    ("padding", "kept"),
    [
        (1, ((1, 1), (1, 1))),
        ([1, 2], ((1, 1), (2, 2))),
        ([[1, 2], [3, 4]], ((1, 2), (3, 4))),
        ("valid", ((0, 0), (0, 0))),
        ("same", ((1, 1), (1, 1))),
    ],
)
def test_a_padding_may_be_given_in_each_of_its_forms(padding: Any, kept: Any) -> None:
    options: dict[str, Any] = {"out_channels": 1, "kernel_size": 3}
    spec = LAYER_SPECS["conv2d"].model_validate({"type": "conv2d", "padding": padding} | options)
    assert spec.layer() == LAYERS["conv2d"](**options | {"padding": kept})


@pytest.mark.parametrize("slope", [-0.1, 1.1, "0.1", True, None, float("nan"), float("inf")])
def test_bounds_and_types_are_the_layers_own(slope: Any) -> None:
    with pytest.raises(ValidationError):
        LAYER_SPECS["leaky_relu"].model_validate({"type": "leaky_relu", "negative_slope": slope})


def test_a_spec_becomes_the_network_it_describes() -> None:
    made = NetworkSpec.model_validate(network()).network()
    assert isinstance(made, Network)
    assert [layer.name for layer in made.layers] == ["conv", "relu", "max_pool2d", "flatten", "dense", "softmax"]
    assert made.shapes == ((1, 3, 3), (1, 3, 3), (1, 2, 2), (4,), (10,), (10,))


def test_two_specs_have_the_same_key_exactly_when_they_say_the_same() -> None:
    one, same, other = (NetworkSpec.model_validate(network(*layers)) for layers in ([], [], [{"type": "relu"}]))
    assert one.key() == same.key()
    assert hash(one.key()) == hash(same.key())
    assert one.key() != other.key()
    relu = NetworkSpec.model_validate(network({"type": "relu"}))
    tanh = NetworkSpec.model_validate(network({"type": "tanh"}))
    assert relu.key() != tanh.key()
