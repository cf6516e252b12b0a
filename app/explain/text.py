"""Numbers in sentences: rounded so that what is written adds up, or said to be about so much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite, prod
from typing import Final, NamedTuple

from ..engine.exceptions import NotFiniteError
from .model import Term

MINUS: Final = "\N{MINUS SIGN}"
DECIMALS: Final = (2, 3, 4)
"""Tried from the fewest on."""
ROUGH_DECIMALS: Final = 3
"""Where no number of decimals makes the written numbers add up."""
MOST_TERMS: Final = 12
"""A sentence lists no more products than these."""

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WORDS: Final = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_LARGE: Final = 1e9


class Worked(NamedTuple):
    """A sum in words, with how many decimals, and whether what is written only nearly adds up."""

    text: str
    decimals: int
    about: bool

    def equals(self, value: float) -> str:
        """``is 2`` or ``is about 0.452``."""
        return f"is{' about' if self.about else ''} {format_number(value, self.decimals)}"


def format_number(value: float, decimals: int = ROUGH_DECIMALS) -> str:
    """Write `value` with decimals: whole numbers have none, minus is a true minus, what would vanish has a power."""
    sign, size = MINUS if value < 0 else "", abs(value)
    if size >= _LARGE or 0 < size < 0.5 * 10**-decimals:
        mantissa, _, exponent = f"{size:.1e}".partition("e")
        return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return f"{sign}{int(size)}" if size == int(size) else f"{sign}{size:.{decimals}f}"


def rounded(value: float, decimals: int) -> float:
    """The number that a reader of `format_number` sees."""
    if abs(value) >= _LARGE or 0 < abs(value) < 0.5 * 10**-decimals:
        return float(f"{value:.1e}")
    return round(value, decimals)


def pluralize(count: int, thing: str = "") -> str:
    """``nine pixels``, ``one pixel``, ``13 pixels``."""
    number = _WORDS[count] if count < len(_WORDS) else str(count)
    return f"{number} {thing}{'' if count == 1 else 's'}" if thing else number


def join_words(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def letter(index: int) -> str:
    """Name of a filter: A, B, and so on; from the 27th on its number."""
    return chr(65 + index) if index < 26 else str(index)


def plural_verb(count: int) -> str:
    """``is`` or ``are``."""
    return "is" if count == 1 else "are"


def closing(operands: Iterable[float], adds_up: Callable[[int], bool]) -> tuple[int, bool]:
    """The fewest decimals that keep every operand in sight and at which what is written adds up; else about."""
    numbers = list(operands)
    if not all(map(isfinite, numbers)):
        raise NotFiniteError("the explanation", field="network")
    sizes = [abs(value) for value in numbers if value != int(value)]
    least = min(sizes, default=1.0)
    for decimals in DECIMALS:
        if least >= 0.5 * 10**-decimals and adds_up(decimals):
            return decimals, False
    return ROUGH_DECIMALS, True


def is_sum(parts: Sequence[float], result: float, decimals: int) -> bool:
    """Whether rounded parts add up to a rounded result."""
    written: float = sum(rounded(part, decimals) for part in parts)
    closes: bool = abs(written - rounded(result, decimals)) < 0.4 * 10**-decimals
    return closes


def format_sum(terms: Sequence[Term], value: float, *, also: Callable[[int], bool] | None = None) -> Worked:
    """Terms as a sum that a reader can redo: ``1 × 0.57 + 1 × −0.95 + bias 0.53``.

    A term of one factor is written as that factor, after the word ``bias`` if that is what it is. Of a long sum the
    zeros are left out, and from the twelfth product on the rest is said in one number. `also` says what else must add
    up at so many decimals.
    """
    listed_terms: Sequence[Term] = terms
    left_out = 0
    if len(terms) > MOST_TERMS:
        listed_terms = [term for term in terms if term.value]
        left_out = len(terms) - len(listed_terms)
    rest: Sequence[Term] = ()
    if len(listed_terms) > MOST_TERMS:
        listed_terms, rest = listed_terms[: MOST_TERMS - 1], listed_terms[MOST_TERMS - 1 :]
    rest_value = sum(term.value for term in rest)
    products = [[factor.value for factor in term.factors] for term in listed_terms]

    def adds_up(decimals: int) -> bool:
        parts = [prod([rounded(factor, decimals) for factor in factors]) for factors in products]
        written: float = sum(parts) + rounded(rest_value, decimals)
        closes: bool = abs(written - rounded(value, decimals)) < 0.5 * 10**-decimals
        return closes and (also is None or also(decimals))

    operands = [factor for factors in products for factor in factors]
    decimals, about = closing([*operands, rest_value, value], adds_up)
    texts = [_product(term, decimals) for term in listed_terms]
    if rest:
        texts.append(f"{format_number(rest_value, decimals)} from {len(rest)} more")
    text = " + ".join(texts) or "0"
    if left_out:
        text += f", leaving out {left_out} {'product that is' if left_out == 1 else 'products that are'} 0"
    return Worked(text, decimals, about)


def worked_by(rule: Callable[[Sequence[float]], float], operands: Sequence[float], value: float) -> Worked:
    """For any other rule: the fewest decimals at which it makes of the written operands the written value."""

    def comes_out(decimals: int) -> bool:
        written = rule([rounded(operand, decimals) for operand in operands])
        closes: bool = abs(written - rounded(value, decimals)) < 0.5 * 10**-decimals
        return closes

    decimals, about = closing([*operands, value], comes_out)
    return Worked("", decimals, about)


def worked_alone(value: float) -> Worked:
    """For a number that comes from no other: two to four decimals if that is all it has, else about three."""
    decimals, about = closing([value], lambda places: rounded(value, places) == value)
    return Worked("", decimals, about)


def _product(term: Term, decimals: int) -> str:
    text = " × ".join(format_number(factor.value, decimals) for factor in term.factors)
    return f"bias {text}" if len(term.factors) == 1 and term.factors[0].symbol in "bc" else text
