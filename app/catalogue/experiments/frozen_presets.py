"""The same ten digits with kernels that may not change."""

from dataclasses import replace

from ..networks import digit_classifier
from . import ten_digits

ORDER = 50

[_TEN_DIGITS] = ten_digits.ENTRIES

ENTRIES = (
    replace(
        _TEN_DIGITS,
        id="frozen-presets",
        name="Frozen presets",
        about="The same drawings and kernels, but the kernels stay as they are: only the dense layer learns. "
        "Some drawings stay out of its reach.",
        network=digit_classifier(4, frozen=True),
    ),
)
