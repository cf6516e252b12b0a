"""The kernel of the notebook's worked example."""

from ..kernel import Kernel

ORDER = 15

ENTRIES = (
    Kernel(
        id="notebook",
        name="Notebook",
        family="Notebook",
        about="Counts the ink in the lower left and lower right cells of its window, and ignores the other seven.",
        numerators=((0, 0, 0), (0, 0, 0), (1, 0, 1)),
        source="The notebook's own example, applied to its 8.",
    ),
)
