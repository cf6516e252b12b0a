"""Roberts' pair of 2×2 edge kernels: the two diagonal differences."""

from ..kernel import Kernel

ORDER = 80

ENTRIES = (
    Kernel(
        id="roberts-1",
        name="Roberts 1",
        family="Roberts",
        about="The upper left cell minus the lower right one: the smallest kernel that finds diagonal edges.",
        numerators=((1, 0), (0, -1)),
        source="L. G. Roberts, Machine perception of three-dimensional solids, 1963.",
    ),
    Kernel(
        id="roberts-2",
        name="Roberts 2",
        family="Roberts",
        about="The upper right cell minus the lower left one: the partner of Roberts 1, for the other diagonal.",
        numerators=((0, 1), (-1, 0)),
        source="L. G. Roberts, Machine perception of three-dimensional solids, 1963.",
    ),
)
