"""The request models of the optimizers are the engine's own declarations, and their state survives JSON."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from app.engine.exceptions import NotFiniteError
from app.engine.optimizers import OPTIMIZERS
from app.schemas.layers import LAYER_SPECS
from app.schemas.optimizers import OPTIMIZER_SPECS, AnyOptimizerSpec, OptimizerStateSpec
from app.schemas.serialization import finite_json


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_spec_has_every_option_of_its_optimizer_with_its_default_and_description(kind: str) -> None:
    spec = OPTIMIZER_SPECS[kind].model_fields
    assert spec.keys() == {"type", *(option.name for option in fields(OPTIMIZERS[kind]))}
    for option in fields(OPTIMIZERS[kind]):
        assert spec[option.name].description == option.metadata["doc"]
    assert OPTIMIZER_SPECS[kind].model_validate({"type": kind}).optimizer() == OPTIMIZERS[kind]()


def test_the_type_says_which_optimizer_it_is() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AnyOptimizerSpec)
    adam = adapter.validate_json('{"type": "adam", "learning_rate": 1, "betas": [0, 0.5]}').optimizer()
    assert adam == OPTIMIZERS["adam"](learning_rate=1.0, betas=(0.0, 0.5))
    assert adapter.validate_python({"type": "adam", "betas": [0.1, 0.2]}).optimizer().betas == (0.1, 0.2)


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0},
        {"learning_rate": "1"},
        {"learning_rate": None},
        {"momentum": 1},
        {"momentum": True},
        {"betas": [0, 0]},
        {"nesterov": True},
    ],
)
def test_bounds_types_and_names_are_the_optimizers_own(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OPTIMIZER_SPECS["sgd"].model_validate({"type": "sgd"} | options)


@given(
    hnp.arrays(np.float64, (2, 3), elements=st.floats(allow_nan=False, allow_infinity=False)), st.integers(0, 2**53 - 1)
)
def test_a_state_comes_back_from_json_bit_for_bit(array: NDArray[np.float64], step: int) -> None:
    sent = {"step": step, "exp_avg": {"dense": {"weight": array}}, "exp_avg_sq": {"dense": {"weight": array.T}}}
    state = OptimizerStateSpec.model_validate_json(finite_json(sent)).state()
    assert state["step"] == step
    assert state["exp_avg"]["dense"]["weight"].tobytes() == array.tobytes()
    assert state["exp_avg_sq"]["dense"]["weight"].tobytes() == array.T.copy().tobytes()
    assert state.keys() == {"step", "exp_avg", "exp_avg_sq"}


def test_filters_to_freeze_are_whole_numbers_and_may_come_as_a_list() -> None:
    least = {"type": "conv2d", "out_channels": 3, "kernel_size": 3}
    layer: Any = LAYER_SPECS["conv2d"].model_validate(least | {"frozen_filters": [2, 0]}).layer()
    assert layer.frozen_filters == (0, 2)
    for wrong in ([-1], [0.5], ["0"], 1, [True]):
        with pytest.raises(ValidationError):
            LAYER_SPECS["conv2d"].model_validate(least | {"frozen_filters": wrong})


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_json_has_not_are_refused_wherever_they_are(number: float) -> None:
    for value in ({"a": number}, {"a": [{"b": np.array([[1.0, number]])}]}, {"a": (1, np.float64(number))}):
        with pytest.raises(NotFiniteError, match="too large for a 64-bit float"):
            finite_json(value)


def test_a_name_that_looks_like_a_missing_number_may_be_written() -> None:
    value = {"null": [1.5, "null", {"null": np.ones(2)}]}
    assert json.loads(finite_json(value)) == {"null": [1.5, "null", {"null": [1, 1]}]}
