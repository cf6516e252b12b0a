"""Scharr's pair of edge kernels: Sobel's idea, with weights that treat directions more evenly."""

from ..kernel import Kernel

ORDER = 70

ENTRIES = (
    Kernel(
        id="scharr-vertical",
        name="Scharr vertical",
        family="Scharr",
        about="Finds vertical edges like Sobel, with weights 3, 10, 3 that measure the direction of slanted edges "
        "more evenly.",
        numerators=((-3, 0, 3), (-10, 0, 10), (-3, 0, 3)),
        source="H. Scharr, Optimale Operatoren in der digitalen Bildverarbeitung, 2000.",
    ),
    Kernel(
        id="scharr-horizontal",
        name="Scharr horizontal",
        family="Scharr",
        about="Finds horizontal edges like Sobel, with weights 3, 10, 3 that measure the direction of slanted edges "
        "more evenly.",
        numerators=((-3, -10, -3), (0, 0, 0), (3, 10, 3)),
        source="H. Scharr, Optimale Operatoren in der digitalen Bildverarbeitung, 2000.",
    ),
)
