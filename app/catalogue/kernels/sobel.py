"""Sobel's pair of edge kernels: like Prewitt's, with the middle line counted twice."""

from ..kernel import Kernel

ORDER = 20

ENTRIES = (
    Kernel(
        id="sobel-vertical",
        name="Sobel vertical",
        family="Sobel",
        about="Finds vertical edges: the right column minus the left one, with the middle row counting double.",
        numerators=((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
        source="The notebook (K_v); I. Sobel and G. Feldman, 1968.",
    ),
    Kernel(
        id="sobel-horizontal",
        name="Sobel horizontal",
        family="Sobel",
        about="Finds horizontal edges: the bottom row minus the top one, with the middle column counting double.",
        numerators=((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
        source="The notebook (K_h); I. Sobel and G. Feldman, 1968.",
    ),
)
