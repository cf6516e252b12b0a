"""Prewitt's pair of edge kernels: a difference across three equally weighted lines."""

from ..kernel import Kernel

ORDER = 30

ENTRIES = (
    Kernel(
        id="prewitt-vertical",
        name="Prewitt vertical",
        family="Prewitt",
        about="Finds vertical edges: the right column minus the left one, positive where the right side is brighter.",
        numerators=((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
        source="The notebook (K_v); J. M. S. Prewitt, Object enhancement and extraction, 1970.",
    ),
    Kernel(
        id="prewitt-horizontal",
        name="Prewitt horizontal",
        family="Prewitt",
        about="Finds horizontal edges: the bottom row minus the top one, positive where the lower side is brighter.",
        numerators=((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
        source="The notebook (K_h); J. M. S. Prewitt, Object enhancement and extraction, 1970.",
    ),
)
