"""What a data set is: images, labels, and where they come from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Labelled images of one size.

    Parameters
    ----------
    id, name, about : str
        What requests call it, what people call it, and what is in it.
    origin, licence : str
        Who made the images, and on which terms they may be used.
    images : ndarray of uint8, shape (n, H, W)
        0 is paper, `full_ink` is ink; made read-only.
    labels : ndarray of uint8, shape (n,)
        The digit each image shows, 0 to 9; made read-only.
    groups : tuple of str, length n
        What each image belongs to, such as the name of its style.
    splits : tuple of str, length n
        ``"train"`` or ``"test"`` for each image; empty means all are ``"train"``.
    full_ink : int
        The value of `images` that is full ink: 1 for drawings, 255 for grey levels.

    Raises
    ------
    ValueError
        If the lengths differ, a value exceeds `full_ink`, or a label is not a digit.
    """

    id: str
    name: str
    about: str
    origin: str
    licence: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    groups: tuple[str, ...]
    splits: tuple[str, ...] = ()
    full_ink: int = 1

    def __post_init__(self) -> None:
        if self.images.ndim != 3:
            raise ValueError(f"dataset {self.id!r}: images of shape {self.images.shape}; it must be (n, H, W)")
        count = len(self.images)
        if not self.splits:
            object.__setattr__(self, "splits", ("train",) * count)
        lengths = (len(self.labels), len(self.groups), len(self.splits))
        if lengths != (count, count, count):
            raise ValueError(f"dataset {self.id!r}: {lengths} labels, groups and splits; there must be {count} of each")
        if count and (self.images.max() > self.full_ink or self.labels.max() > 9):
            raise ValueError(
                f"dataset {self.id!r}: an image value of {self.images.max()} and a label of {self.labels.max()}; "
                f"they must be at most {self.full_ink} and 9"
            )
        if not set(self.splits) <= {"train", "test"}:
            raise ValueError(f"dataset {self.id!r}: splits {sorted(set(self.splits))}; each must be 'train' or 'test'")
        self.images.flags.writeable = False
        self.labels.flags.writeable = False

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The images as a network reads them: ``images / full_ink``, float64 (n, H, W) from 0 to 1, read-only."""
        values = self.images.astype(np.float64) / self.full_ink
        values.flags.writeable = False
        return values
