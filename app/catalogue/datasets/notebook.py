"""The notebook's three images."""

from ..ascii_drawings import read_drawings
from ..dataset import Dataset

ORDER = 10

DRAWINGS = read_drawings("""
= as the notebook draws it: 8 2
.###. .###.
.#.#. ...#.
.###. ..#..
.#.#. .#...
.###. .###.

= distorted, to test with: 2
#####
...#.
#.#.#
.#...
#####
""")

ENTRIES = (
    Dataset(
        id="notebook",
        name="The notebook's 8 and 2",
        about="The 8 and the 2 that the notebook trains on, and the distorted 2 that it tests with.",
        origin="The notebook.",
        licence="MIT, with this project",
        images=DRAWINGS.images,
        labels=DRAWINGS.labels,
        groups=DRAWINGS.styles,
        splits=("train", "train", "test"),
    ),
)
