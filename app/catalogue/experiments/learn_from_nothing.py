"""The same ten digits from random kernels."""

from dataclasses import replace

from . import ten_digits

ORDER = 40

[_TEN_DIGITS] = ten_digits.ENTRIES

ENTRIES = (
    replace(
        _TEN_DIGITS,
        id="learn-from-nothing",
        name="Learn from nothing",
        about="The same drawings, but the four kernels start as random numbers and have to find what to look for.",
        presets=(None,) * len(_TEN_DIGITS.presets),
    ),
)
