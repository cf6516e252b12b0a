"""Kernels that compare a pixel with what surrounds it: discrete second derivatives."""

from ..kernel import Kernel

ORDER = 40

ENTRIES = (
    Kernel(
        id="laplacian-4",
        name="Laplacian −4",
        family="Laplacian",
        about="Adds the four direct neighbours and subtracts the centre four times: zero on flat areas, and positive "
        "just outside a bright shape.",
        numerators=((0, 1, 0), (1, -4, 1), (0, 1, 0)),
        source="The notebook; the five-point difference for the second derivative.",
    ),
    Kernel(
        id="laplacian-8",
        name="Laplacian −8",
        family="Laplacian",
        about="Adds all eight neighbours and subtracts the centre eight times, so diagonal edges count as well.",
        numerators=((1, 1, 1), (1, -8, 1), (1, 1, 1)),
        source="The notebook; the nine-point difference with equal weights.",
    ),
    Kernel(
        id="laplacian-of-gaussian",
        name="Laplacian of Gaussian",
        family="Laplacian",
        about="Smooths and takes the Laplacian in one step over 5×5 cells: negative on small bright spots, positive in "
        "the ring around them.",
        numerators=((0, 0, 1, 0, 0), (0, 1, 2, 1, 0), (1, 2, -16, 2, 1), (0, 1, 2, 1, 0), (0, 0, 1, 0, 0)),
        source="The usual 5×5 whole-number approximation (D. Marr and E. Hildreth, 1980), with the sign of the two "
        "Laplacians above; many books print its negative.",
    ),
)
