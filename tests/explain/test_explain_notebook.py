"""The notebook's 8 explained: sentences, ties, kinks and updates worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.engine.arrays import Parameters
from app.engine.exceptions import EngineError, NotFiniteError
from app.engine.layers import LAYERS
from app.engine.network import Network
from app.explain import explain
from app.explain.model import Explanation

EIGHT = np.array(
    [[[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]]], dtype=np.float64
)
KERNEL = [[0.0, 0, 0], [0, 0, 0], [1, 0, 1]]
# Feature n speaks for digit n, so that errors can be followed by hand: delta at feature n is p[n] - y[n].
WEIGHT = np.eye(4, 10)


def network(tie_break: str = "all", **conv: Any) -> Network:
    options = {"out_channels": 1, "kernel_size": 3, "bias": False} | conv
    return Network(
        (1, 5, 5),
        (
            LAYERS["conv2d"](name="conv", **options),
            LAYERS["relu"](),
            LAYERS["max_pool2d"](kernel_size=2, ceil_mode=True, tie_break=tie_break),
            LAYERS["flatten"](),
            LAYERS["dense"](name="dense", out_features=10),
            LAYERS["softmax"](),
        ),
    )


def parameters(kernel: Any = None, bias: float | None = None) -> Parameters:
    conv = {"weight": np.array([[KERNEL if kernel is None else kernel]], dtype=np.float64)}
    if bias is not None:
        conv["bias"] = np.array([bias])
    return {"conv": conv, "dense": {"weight": WEIGHT.copy(), "bias": np.zeros(10)}}


def make_explanation(
    cell: str, net: Network | None = None, given: Parameters | None = None, **options: Any
) -> Explanation:
    [explanation] = explain(net or network(), given or parameters(), EIGHT, [cell], **({"label": 8} | options))
    return explanation


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("input[0][1]", "Input, row 0, column 1 is 1: a pixel of the image, as it was given."),
        ("conv.weight[0][0][2][2]", "Kernel A, row 2, column 2 is 1: training changes it."),
        (
            "conv[0][0][1]",
            "Feature map A, row 0, column 1 is 2: "
            "1 × 0 + 1 × 0 + 1 × 0 + 1 × 0 + 0 × 0 + 1 × 0 + 1 × 1 + 1 × 0 + 1 × 1.",
        ),
        ("relu[0][0][1]", "ReLU A, row 0, column 1 is 2: the feature map's 2 is positive, so ReLU keeps it."),
        ("relu[0][1][0]", "ReLU A, row 1, column 0 is 0: the feature map's 0 is exactly 0, and stays so."),
        (
            "pool[0][0][0]",
            "Max-pool A, row 0, column 0 is 2: the largest of 1, 2, 0 and 2; "
            "two cells tie, and under tie_break all each of them wins.",
        ),
        (
            "pool[0][1][1]",
            "Max-pool A, row 1, column 1 is 1: the only cell of its window is 1; a partial window at the edge, one of "
            "four cells.",
        ),
        ("flatten[2]", "Feature 2 is 2: Max-pool A, row 1, column 0; flatten puts the maps in one row."),
        ("logits[2]", "Score of digit 2 is 2: 2 × 1 + 2 × 0 + 1 × 0 + 1 × 0 + bias 0."),
        ("gradient.loss", "Slope of the loss by itself is 1: the way back begins here."),
    ],
)
def test_the_sentence_of(cell: str, sentence: str) -> None:
    # Products of the same size may come in any order.
    said = make_explanation(cell).sentence
    assert sorted(said.split()) == sorted(sentence.split())
    assert said.partition(": ")[0] == sentence.partition(": ")[0]


def test_the_summary_counts_the_pixels_that_are_on() -> None:
    assert make_explanation("conv[0][0][1]").summary == (
        "Filter A, window at row 0, column 1: eight of nine pixels are on, so eight weights add up to 2."
    )
    with_bias = make_explanation("conv[0][0][1]", network(bias=True), parameters(bias=-0.5))
    assert with_bias.summary.endswith("so eight weights and the bias add up to 1.50.")


def test_padding_is_said_and_marked() -> None:
    net = network(padding="same")
    given = parameters()
    given["dense"]["weight"] = np.zeros((9, 10))
    e = make_explanation("conv[0][0][0]", net, given)
    assert [term.padded for term in e.terms] == [True, True, True, True, False, False, True, False, False]
    assert e.sentence.endswith("with five cells of the window in the padding, counted as 0.")
    assert e.grids is not None
    assert e.grids[0].cells[0] == [None, None, None]
    assert e.grids[0].cells[1] == [None, "input[0][0]", "input[0][1]"]


def test_under_all_every_cell_that_ties_gets_the_whole_error_and_under_first_only_the_first() -> None:
    # The first window holds 1, 2, 0, 2: its maximum stands at (0, 1) and (1, 1).
    delta = make_explanation("gradient.pool[0][0][0]").value
    for tie_break, values in (("all", [delta, delta]), ("first", [delta, 0])):
        first, second = (make_explanation(f"gradient.relu[0][{r}][1]", network(tie_break)) for r in (0, 1))
        assert [first.value, second.value] == values
        assert f"two cells tie for the maximum, and under tie_break {tie_break}" in second.sentence
        winners = make_explanation("pool[0][0][0]", network(tie_break)).winners
        assert winners == ["relu[0][0][1]", "relu[0][1][1]"][: 2 if tie_break == "all" else 1]
    assert (
        "another cell is first, so nothing comes back"
        in make_explanation("gradient.relu[0][1][1]", network("first")).sentence
    )
    loser = make_explanation("gradient.relu[0][0][0]")
    assert loser.value == 0
    assert "row 0, column 1 and row 1, column 1 do" in loser.sentence


def test_what_becomes_of_a_cell_is_said_below_it() -> None:
    def below(cell: str, tie_break: str) -> list[tuple[str, float | None]]:
        steps = make_explanation(cell, network(tie_break)).steps
        place = next(i for i, step in enumerate(steps) if step.result)
        return [(step.name, step.value) for step in steps[place + 1 :]]

    assert below("conv[0][0][1]", "all") == [("ReLU keeps it", 2), ("Largest in its window, becomes f[0]", 2)]
    assert below("conv[0][0][0]", "all") == [("ReLU keeps it", 1), ("Another cell wins its window", None)]
    assert below("conv[0][1][0]", "all") == [("ReLU leaves it at 0", 0), ("Nothing left for the pool", None)]
    assert below("conv[0][1][1]", "first")[1] == ("As large as the first, which wins its window", None)


def test_a_tie_of_cells_that_move_differently_is_a_tie_with_two_slopes() -> None:
    # Raising k[0][1] by e adds e at (0, 1), whose pixel there is 1, and nothing at (1, 1), whose pixel is 0: upwards
    # the maximum follows the first cell, downwards it stays with the second.
    e = make_explanation("gradient.conv.weight[0][0][0][1]", network("first"), check=True)
    assert e.check is not None
    assert e.check.verdict == "tie"
    assert e.check.left != pytest.approx(e.check.right, rel=1e-2)
    assert "the slope has two values" in e.check.sentence


def test_a_tie_of_cells_that_move_alike_is_no_error_either() -> None:
    # k[2][0] meets a 1 at both cells that tie: the loss has one slope, and "all" hands the error on twice.
    e = make_explanation("gradient.conv.weight[0][0][2][0]", network("all"), check=True)
    assert e.check is not None
    assert e.check.verdict == "tie"
    assert e.check.left == pytest.approx(e.check.right, rel=1e-6)
    assert "under tie_break all each of them gets the whole error" in e.check.sentence
    first = make_explanation("gradient.conv.weight[0][0][2][0]", network("first"), check=True)
    assert first.check is not None
    assert first.check.verdict == "agrees"
    assert e.check.numeric == pytest.approx(first.check.numeric, rel=1e-9)


def test_a_relu_at_exactly_0_is_a_tie() -> None:
    # With a kernel of zeros every z is 0; each pixel is 0 or 1, so a rising weight opens gates, a falling one none.
    given = parameters(np.zeros((3, 3)))
    e = make_explanation("gradient.conv.weight[0][0][1][1]", given=given, check=True)
    assert e.value == 0
    assert e.check is not None
    assert e.check.verdict == "tie"
    assert e.check.left == pytest.approx(0, abs=1e-8)
    assert e.check.right != pytest.approx(0, abs=1e-3)
    gate = make_explanation("gradient.conv[0][0][0]", given=given)
    assert "at exactly 0 the slope of ReLU has two values, and 0 is taken" in gate.sentence


def test_the_update_of_a_frozen_parameter_says_that_it_is_frozen() -> None:
    for net in (network(frozen=True), network(frozen_filters=(0,))):
        e = make_explanation("gradient.conv.weight[0][0][0][1]", net, learning_rate=0.5)
        assert e.update is not None
        assert e.update.frozen
        assert e.update.sentence.endswith("But it is frozen: training leaves it as it is.")
        assert make_explanation("conv.weight[0][0][0][1]", net).sentence.endswith(": training leaves it as it is.")


def test_the_update_shows_numbers_that_come_out() -> None:
    given = parameters()
    given["dense"]["weight"][:] = 0  # every p is 0.1, so the error of the label is -0.9 and f[0] is 2
    e = make_explanation("gradient.dense.weight[0][8]", given=given, learning_rate=0.01)
    assert e.value == pytest.approx(-1.8, rel=1e-15)
    assert e.update is not None
    assert e.update.sentence == "Plain SGD, old − learning rate × gradient = new: 0 − 0.01 × −1.80 = 0.02."


def test_the_errors_of_the_scores_are_p_minus_y() -> None:
    given = parameters()
    given["dense"]["weight"][:] = 0
    label, other = (
        make_explanation("gradient.logits[8]", given=given),
        make_explanation("gradient.logits[3]", given=given),
    )
    assert label.sentence == (
        "Error at the score of digit 8 is −0.90: 0.10 − 1, probability minus y; digit 8 is the label, so y is 1."
    )
    assert other.sentence == (
        "Error at the score of digit 3 is 0.10: 0.10 − 0, probability minus y; the label is 8, so y is 0."
    )
    assert [term.value for term in label.terms] == [pytest.approx(0.1), -1]


def test_softmax_shows_the_exponentials_shifted_by_the_largest_score() -> None:
    e = make_explanation("probabilities[0]")
    assert e.grids is not None
    scores, powers, probabilities = e.grids
    assert scores.values == [[2, 1, 2, 1, 0, 0, 0, 0, 0, 0]]
    np.testing.assert_allclose(powers.values, np.exp(np.array(scores.values) - 2))
    np.testing.assert_allclose(probabilities.values, np.array(powers.values) / np.sum(powers.values))
    assert e.steps[0].name == "Largest score, taken off all scores"


def test_a_loss_whose_probability_is_too_small_for_a_float_still_stands() -> None:
    given = parameters()
    given["dense"]["weight"][:] = 0
    given["dense"]["bias"][0] = 2000
    e = make_explanation("loss", given=given)
    assert e.value == 2000
    assert e.sentence.endswith("which is too small to write down; the loss comes from the scores.")
    assert make_explanation("gradient.logits[8]", given=given).value == -1
    with pytest.raises(NotFiniteError, match=r"gradient\.probabilities"):
        make_explanation("gradient.probabilities[8]", given=given)


def test_a_cell_that_no_window_looks_at_has_a_slope_of_0_and_no_terms() -> None:
    net = Network(
        (1, 4, 4),
        (
            LAYERS["conv2d"](name="conv", out_channels=1, kernel_size=2, bias=False),
            LAYERS["relu"](),
            LAYERS["max_pool2d"](kernel_size=2),
            LAYERS["flatten"](),
            LAYERS["dense"](name="dense", out_features=3),
        ),
    )
    [e] = explain(net, net.init(0), np.ones((1, 4, 4)), ["gradient.relu[0][2][2]"], label=0)
    assert (e.value, e.terms, e.grids) == (0, [], None)
    assert e.sentence.endswith(": no pooling window looks at this cell.")


@pytest.mark.parametrize(
    ("cell", "allowed"),
    [
        ("conv[1][0][0]", "conv[o][r][c] with o from 0 to 0, r from 0 to 2, c from 0 to 2"),
        ("gradient.pool[0][2][0]", "gradient.pool[o][r][c] with o from 0 to 0, r from 0 to 1, c from 0 to 1"),
        ("input[5][0]", "input[r][c] with r from 0 to 4, c from 0 to 4"),
        ("input[0][0][0]", "input[r][c] with r from 0 to 4, c from 0 to 4"),
        ("loss[0]", "loss without indices"),
        ("logits", "logits[d] with d from 0 to 9"),
        ("conv.bias[0]", "input, conv.weight, conv, relu"),
        ("conv[00][0][0]", "input, conv.weight, conv, relu"),
        ("conv[-1][0][0]", "input, conv.weight, conv, relu"),
        ("conv[0][0][0] ", "input, conv.weight, conv, relu"),
        ("gradient.gradient.loss", "input, conv.weight, conv, relu"),
        ("conv[9999999][0][0]", "input, conv.weight, conv, relu"),
        ("", "input, conv.weight, conv, relu"),
    ],
)
def test_an_address_that_does_not_exist_is_refused_naming_what_does(cell: str, allowed: str) -> None:
    with pytest.raises(EngineError) as refused:
        explain(network(), parameters(), EIGHT, ["loss", cell], label=8)
    assert refused.value.field == "cells.1"
    assert refused.value.value == cell
    assert refused.value.allowed.startswith(allowed)


@pytest.mark.parametrize("cell", ["loss", "gradient.conv[0][0][0]", "gradient.loss", "gradient.input[0][0]"])
def test_the_loss_and_gradients_need_a_label_that_is_a_class(cell: str) -> None:
    assert make_explanation("conv[0][0][1]", label=None).value == 2
    for label in (None, 10, -1):
        with pytest.raises(EngineError) as refused:
            make_explanation(cell, label=label)
        assert refused.value.field == "label"
        assert refused.value.allowed == "0 to 9"


@pytest.mark.parametrize(
    "kinds",
    [
        ["relu", "max_pool2d", "flatten", "dense", "softmax"],
        ["conv2d", "max_pool2d", "flatten", "dense", "softmax"],
        ["conv2d", "relu", "flatten", "dense", "softmax"],
        ["conv2d", "relu", "max_pool2d", "flatten", "dense", "relu"],
        ["conv2d", "relu", "max_pool2d", "flatten", "dense", "dense", "softmax"],
        ["conv2d", "relu", "conv2d", "relu", "max_pool2d", "flatten", "dense"],
        ["flatten", "softmax"],
    ],
)
def test_a_network_of_another_build_is_refused_naming_which_can_be_explained(kinds: list[str]) -> None:
    options: dict[str, dict[str, Any]] = {
        "conv2d": {"out_channels": 1, "kernel_size": 2},
        "max_pool2d": {"kernel_size": 2},
        "dense": {"out_features": 10},
    }
    net = Network((1, 5, 5), tuple(LAYERS[kind](**options.get(kind, {})) for kind in kinds))
    with pytest.raises(EngineError, match="cannot be explained") as refused:
        explain(net, net.init(0), EIGHT, ["loss"], label=8)
    assert (refused.value.where, refused.value.field) == ("network", "layers")
    assert "conv2d, an activation" in refused.value.allowed
