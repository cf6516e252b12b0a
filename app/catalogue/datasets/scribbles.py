"""Digits as a hurried hand would draw them on a 5×5 grid, drawn by a program (app/catalogue/synthetic_digits.py)."""

from pathlib import Path

import numpy as np

from ..dataset import Dataset

ORDER = 30

FILE = Path(__file__).parent.parent / "data" / "scribbles-5x5.npz"
"""``packed`` (n, 4), the 25 cells of an image as bits, and ``labels`` (n,), in no order; by scripts/train_opening."""

TEST_SHARE = 10
"""One drawing in so many is held back."""


def _read() -> Dataset:
    with np.load(FILE, allow_pickle=False) as file:
        images, labels = np.unpackbits(file["packed"], axis=1, count=25).reshape(-1, 5, 5), file["labels"]
    test = len(labels) // TEST_SHARE
    return Dataset(
        id="scribbles",
        name="Scribbled digits",
        about="Digits that a program draws as a hurried hand would: wobbling, slanting, off-centre, with gaps; "
        "the last tenth is held back.",
        origin="Drawn by this project's own program.",
        licence="MIT, with this project",
        images=images,
        labels=labels,
        groups=("scribbled",) * len(labels),
        splits=("train",) * (len(labels) - test) + ("test",) * test,
    )


ENTRIES = (_read(),)
