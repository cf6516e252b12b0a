"""The sharpening kernel."""

from ..kernel import Kernel

ORDER = 50

ENTRIES = (
    Kernel(
        id="sharpen",
        name="Sharpen",
        family="Sharpen",
        about="The image minus its Laplacian: each pixel keeps its value plus how far it stands out from its four "
        "neighbours.",
        numerators=((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
        source="The notebook.",
    ),
)
