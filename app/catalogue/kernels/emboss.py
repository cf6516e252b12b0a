"""The emboss kernel."""

from ..kernel import Kernel

ORDER = 90

ENTRIES = (
    Kernel(
        id="emboss",
        name="Emboss",
        family="Emboss",
        about="The image plus its slope from the upper left to the lower right, so shapes look raised and lit from one "
        "corner.",
        numerators=((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
        source="The common emboss filter of image editors.",
    ),
)
