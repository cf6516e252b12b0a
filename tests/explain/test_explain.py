"""Every number of a pass explains itself: its terms add up to it, and it is the number that it ought to be."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
import pytest

from app.engine.losses.cross_entropy import cross_entropy
from app.explain import count_terms, explain
from app.explain.addresses import parse
from app.explain.check import check
from app.explain.cnn import ExplainableCNN
from app.explain.model import Explanation, Grid
from app.explain.pass_values import PassValues
from app.explain.stages import EXPLAINERS
from tests.explain.cases import CASES, ExplainCase
from tests.explain.oracle import Oracle, addresses

PARAMETERS = ("conv.weight", "conv.bias", "dense.weight", "dense.bias")
# What a product of grids is made of: the numbers of its terms, and three grids for each product.
PRODUCTS = {"conv", "gradient.conv.weight", "gradient.input"}


class Explained:
    """All explanations of a case beside the oracle's numbers."""

    def __init__(self, case: ExplainCase) -> None:
        self.case = case
        self.oracle = Oracle(case)
        self.places = [
            (prefix + text, prefix + name, place)
            for prefix in ("", "gradient.")
            for text, name, place in addresses(self.oracle)
        ]
        self.list = explain(
            case.network,
            case.parameters,
            case.image,
            [text for text, _, _ in self.places],
            label=case.label,
            check=True,
            learning_rate=0.1,
        )
        self.by_cell = {explanation.cell: explanation for explanation in self.list}


@pytest.fixture(scope="module", params=CASES, name="explained")
def _explained(request: pytest.FixtureRequest) -> Explained:
    return Explained(CASES[request.param])


def test_every_number_has_an_explanation_of_its_kind(explained: Explained) -> None:
    assert [(e.cell, e.kind) for e in explained.list] == [(text, kind) for text, kind, _ in explained.places]
    assert {e.kind for e in explained.list} <= EXPLAINERS.keys()


def test_the_terms_of_every_number_add_up_to_it(explained: Explained) -> None:
    for e in explained.list:
        total = 0.0
        for term in e.terms:
            total += term.value
        assert total == pytest.approx(e.value, rel=1e-12, abs=1e-12), e.cell


def test_the_factors_of_every_term_multiply_to_it(explained: Explained) -> None:
    for e in explained.list:
        for term in e.terms:
            if term.rule is None:
                assert prod(f.value for f in term.factors) == pytest.approx(term.value, rel=1e-12, abs=1e-15), e.cell
            assert term.padded == (any(f.cell is None for f in term.factors) and e.kind in PRODUCTS), e.cell


def test_every_factor_is_the_number_that_its_address_explains(explained: Explained) -> None:
    for e in explained.list:
        for factor in (factor for term in e.terms for factor in term.factors):
            if factor.cell is not None:
                assert factor.value == explained.by_cell[factor.cell].value, (e.cell, factor.cell)


def test_forward_numbers_are_scipys(explained: Explained) -> None:
    for e, (_, kind, place) in zip(explained.list, explained.places, strict=True):
        if kind in explained.oracle.arrays:
            expected = np.asarray(explained.oracle.arrays[kind])[place]
            assert e.value == pytest.approx(expected, rel=1e-11, abs=1e-12), e.cell


def test_gradients_are_the_slopes_of_scipys_loss(explained: Explained) -> None:
    kinds = {kind for _, kind, _ in explained.places if kind.startswith("gradient.")} - {"gradient.loss"}
    slopes = {kind: explained.oracle.gradient(kind.removeprefix("gradient.")) for kind in kinds}
    for e, (_, kind, place) in zip(explained.list, explained.places, strict=True):
        if kind in slopes:
            assert e.value == pytest.approx(slopes[kind][place], rel=1e-6, abs=1e-8), e.cell
    assert explained.by_cell["gradient.loss"].value == 1


def test_numbers_are_those_of_the_trace_to_the_last_bit(explained: Explained) -> None:
    case, network = explained.case, explained.case.network
    trace = network.forward(case.parameters, case.image[None])
    losses, grad = cross_entropy(trace.logits, np.array([case.label]))
    backward = network.backward(case.parameters, trace, grad)
    expected = {
        "conv": trace.outputs[0][0],
        "pool": trace.outputs[2][0],
        "logits": trace.logits[0],
        "probabilities": trace.probabilities[0],
        "loss": losses[0],
        "gradient.conv": backward.layers[0].gradient[0],
        "gradient.conv.weight": backward.parameters["first"]["weight"],
        "gradient.dense.weight": backward.parameters["last"]["weight"],
        "gradient.input": backward.images[0],
    }
    for e, (_, kind, place) in zip(explained.list, explained.places, strict=True):
        if kind in expected:
            assert e.value == expected[kind][place], e.cell


def test_grids_hold_the_factors_and_the_products(explained: Explained) -> None:
    for e in explained.list:
        if e.kind not in PRODUCTS:
            continue
        assert e.grids is not None
        terms = [term for term in e.terms if len(term.factors) == 2]
        left, right, products = ([value for grid in e.grids[part::3] for value in flat(grid)] for part in range(3))
        assert left == [term.factors[0].value for term in terms], e.cell
        assert right == [term.factors[1].value for term in terms], e.cell
        assert products == [term.value for term in terms], e.cell
        padded = [cell for grid in e.grids[::3] for row in grid.padded or [] for cell in row]
        assert padded == [term.padded for term in terms], e.cell


def test_every_addressed_number_of_a_grid_is_the_one_at_that_address(explained: Explained) -> None:
    for e in explained.list:
        for grid in e.grids or []:
            assert len(grid.values) == len(grid.cells)
            for value, cell in zip(flat(grid), [cell for row in grid.cells for cell in row], strict=True):
                # A cell that lies in several pooling windows gets an error from each.
                if cell is not None and grid.name != "Error sent to each":
                    assert value == explained.by_cell[cell].value, (e.cell, grid.name, cell)


def test_the_winner_of_a_window_holds_its_maximum(explained: Explained) -> None:
    for e in explained.list:
        if e.kind == "pool" and explained.case.pool[0] == "max_pool2d":
            assert e.winners is not None
            assert e.grids is not None
            assert e.grids[0].winners is not None
            [winner] = e.winners
            assert explained.by_cell[winner].value == e.value == max(flat(e.grids[0]))
            assert sum(map(sum, e.grids[0].winners)) == 1
        else:
            assert e.winners is None


def test_the_ledger_has_one_result_and_it_is_the_number(explained: Explained) -> None:
    for e in explained.list:
        assert [step.value for step in e.steps if step.result] == [e.value], e.cell
        assert all(step.symbol is None or step.name.endswith(step.symbol) for step in e.steps), e.cell


def test_the_terms_of_a_score_come_largest_first_and_say_where_they_belong(explained: Explained) -> None:
    f, w = explained.oracle.arrays["flatten"], explained.oracle.arrays["dense.weight"]
    for d in range(explained.case.classes):
        e = explained.by_cell[f"logits[{d}]"]
        assert e.order is not None
        assert sorted(e.order) == list(range(len(e.terms)))
        sizes = [abs(term.value) for term in e.terms][: len(f)]
        assert sizes == sorted(sizes, reverse=True)
        for term, n in list(zip(e.terms, e.order, strict=True))[: len(f)]:
            assert term.value == pytest.approx(f[n] * w[n, d], rel=1e-11, abs=1e-12)


def test_gradients_of_parameters_and_pixels_agree_with_a_nudge(explained: Explained) -> None:
    for e in explained.list:
        expected = e.kind.startswith("gradient.") and e.kind.removeprefix("gradient.") in (*PARAMETERS, "input")
        assert (e.check is not None) == expected, e.cell
        if e.check is not None:
            assert e.check.verdict == "agrees", (e.cell, e.check)
            assert e.check.difference == abs(e.check.numeric - e.value)
            assert e.check.numeric == pytest.approx(e.value, rel=1e-6, abs=1e-8)


def test_an_update_is_one_step_of_plain_sgd(explained: Explained) -> None:
    for e in explained.list:
        assert (e.update is not None) == (e.kind.removeprefix("gradient.") in PARAMETERS and e.kind[0] == "g"), e.cell
        if e.update is not None:
            assert e.update.old == explained.by_cell[e.cell.removeprefix("gradient.")].value
            assert e.update.new == e.update.old - 0.1 * e.value
            assert not e.update.frozen


def test_no_number_takes_more_terms_than_are_counted_beforehand(explained: Explained) -> None:
    network = explained.case.network
    for e in explained.list:
        assert len(e.terms) <= count_terms(network, [e.cell]), e.cell
    cells = list(explained.by_cell)
    assert count_terms(network, cells) == sum(count_terms(network, [cell]) for cell in cells)


def flat(grid: Grid) -> list[float]:
    return [value for row in grid.values for value in row]


def sums_written_out(explanations: list[Explanation]) -> Iterator[tuple[Explanation, float, float]]:
    """What a reader with a calculator makes of each sentence that is a sum, and the number it says."""
    for e in explanations:
        subject, _, because = e.sentence.partition(": ")
        said = subject.rpartition(" is ")[2]
        written = because.removesuffix(".").split(", ")[0].split("; ")[0]
        if "×" in written and "÷" not in written and " its " not in written and "⁻" not in e.sentence and not e.about:
            yield e, calculated(written), number(said)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def calculated(text: str) -> float:
    """``1 × −0.95 + bias 0.5 + 0.1 from 3 more``."""
    parts = [part.removeprefix("bias ").split(" from ")[0] for part in text.split(" + ")]
    return sum(prod(number(factor) for factor in part.split(" × ")) for part in parts)


def test_what_a_sentence_writes_out_gives_what_it_says(explained: Explained) -> None:
    tried = 0
    for e, got, said in sums_written_out(explained.list):
        assert abs(got - said) <= 0.5 * 10**-e.decimals, e.sentence
        tried += 1
    assert tried >= 20


def test_every_sentence_is_whole_and_shows_a_true_minus(explained: Explained) -> None:
    for e in explained.list:
        for sentence in (e.sentence, e.summary, *([e.check.sentence] if e.check else [])):
            assert sentence.endswith("."), sentence
            assert "-" not in sentence.replace("Max-pool", ""), sentence
            assert sentence[0].isupper()


def test_a_wrong_gradient_never_agrees_with_the_nudge(explained: Explained) -> None:
    case = explained.case
    passes = PassValues(ExplainableCNN.of(case.network), case.parameters, case.image, case.label)
    for name in (*PARAMETERS, "input"):
        for text in [cell for cell, kind, _ in explained.places if kind == f"gradient.{name}"][:3]:
            address = parse(text, passes.pipeline, "cells.0")
            for wrong in (explained.by_cell[text].value * 1.0001 + 1e-6, -explained.by_cell[text].value - 1e-3):
                assert check(passes, address, wrong).verdict == "unclear", text
