"""Numbers in words: few decimals that add up, true minus signs, powers for what would vanish."""

from __future__ import annotations

import pytest

from app.explain.model import Factor, Term
from app.explain.text import format_number, format_sum, join_words, letter, pluralize


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 2, "0"),
        (-0.0, 2, "0"),
        (2.0, 3, "2"),
        (-3.0, 2, "−3"),
        (0.5, 2, "0.50"),
        (-0.035, 3, "−0.035"),
        (0.00031, 3, "3.1 × 10⁻⁴"),
        (-2e-17, 4, "−2.0 × 10⁻¹⁷"),
        (123456789.0, 2, "123456789"),
        (1e300, 2, "1.0 × 10³⁰⁰"),
    ],
)
def test_a_number_is_shown_as(value: float, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


def terms_of(*products: tuple[float, ...]) -> list[Term]:
    terms = []
    for factors in products:
        value = 1.0
        for factor in factors:
            value *= factor
        terms.append(Term(value, [Factor(None, factor, "b" if len(factors) == 1 else "x") for factor in factors]))
    return terms


def test_a_sum_takes_the_fewest_decimals_that_add_up() -> None:
    # The mock-up's own line: with two decimals -0.95 + 0.02 + 0.57 + 0.28 + 0.53 is 0.45.
    worked = format_sum(terms_of((1, -0.951), (1, 0.024), (1, 0.571), (1, 0.282), (0.526,)), 0.452)
    assert (worked.decimals, worked.about) == (2, False)
    assert worked.text == "1 × −0.95 + 1 × 0.02 + 1 × 0.57 + 1 × 0.28 + bias 0.53"
    assert worked.equals(0.452) == "is 0.45"
    # 0.004 + 0.004 is 0.008, which two decimals would write as 0.00 + 0.00 = 0.01.
    worked = format_sum(terms_of((1, 0.004), (1, 0.004)), 0.008)
    assert (worked.decimals, worked.text) == (3, "1 × 0.004 + 1 × 0.004")


def test_a_sum_that_never_adds_up_is_about_so_much() -> None:
    worked = format_sum(terms_of((1000.0, 0.12345678), (1000.0, 0.12345678)), 246.91356)
    assert worked.about
    assert worked.decimals == 3
    assert worked.equals(246.91356) == "is about 246.914"


def test_a_long_sum_leaves_out_its_zeros_and_says_the_rest_in_one_number() -> None:
    worked = format_sum(terms_of(*[(1.0, float(n % 3 == 0)) for n in range(15)]), 5)
    assert worked.text == " + ".join(["1 × 1"] * 5) + ", leaving out 10 products that are 0"
    worked = format_sum(terms_of(*[(1.0, 2.0)] * 20), 40)
    assert worked.text == " + ".join(["1 × 2"] * 11) + " + 18 from 9 more"


def test_words() -> None:
    assert pluralize(1, "cell") == "one cell"
    assert pluralize(9, "pixel") == "nine pixels"
    assert pluralize(13, "pixel") == "13 pixels"
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert [letter(n) for n in (0, 15, 26)] == ["A", "P", "26"]
