"""Small pictures that show what a kernel answers to: a flat area, edges, a corner, lines, a dot, noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SEED: Final = 7


@dataclass(frozen=True, kw_only=True, eq=False)
class Pattern:
    """A picture.

    Parameters
    ----------
    id, name, about : str
        What requests and people call it, and one sentence on what it is there to show.
    image : (7, 7) float64, 0 to 1
        The picture.
    """

    id: str
    name: str
    about: str
    image: NDArray[np.float64]


def _drawn(text: str) -> NDArray[np.float64]:
    """Rows of ``#`` (ink) and ``.`` (paper)."""
    return np.array([[float(mark == "#") for mark in row] for row in text.split()])


def _noise() -> NDArray[np.float64]:
    return np.random.default_rng(_SEED).uniform(size=(7, 7)).round(1)


_ALL: Final = (
    Pattern(
        id="flat",
        name="Flat",
        about="The same everywhere: a kernel answers with the sum of its numbers.",
        image=np.ones((7, 7)),
    ),
    Pattern(
        id="vertical-edge",
        name="Vertical edge",
        about="Paper on the left, ink on the right.",
        image=_drawn("...#### ...#### ...#### ...#### ...#### ...#### ...####"),
    ),
    Pattern(
        id="horizontal-edge",
        name="Horizontal edge",
        about="Paper above, ink below.",
        image=_drawn("....... ....... ....... ####### ####### ####### #######"),
    ),
    Pattern(
        id="diagonal-edge",
        name="Diagonal edge",
        about="Paper above the diagonal, ink on and below it.",
        image=_drawn("#...... ##..... ###.... ####... #####.. ######. #######"),
    ),
    Pattern(
        id="corner",
        name="Corner",
        about="Two edges that meet.",
        image=_drawn("....... ....... ....... ...#### ...#### ...#### ...####"),
    ),
    Pattern(
        id="line",
        name="Line",
        about="A line one pixel wide: two edges back to back.",
        image=_drawn("...#... ...#... ...#... ...#... ...#... ...#... ...#..."),
    ),
    Pattern(
        id="dot",
        name="Dot",
        about="One pixel: the answer is the kernel itself, turned by half a turn.",
        image=_drawn("....... ....... ....... ...#... ....... ....... ......."),
    ),
    Pattern(
        id="noise",
        name="Noise",
        about="Every pixel by chance: blurs calm it, edge kernels stir it up.",
        image=_noise(),
    ),
)

PATTERNS: Final[Mapping[str, Pattern]] = {pattern.id: pattern for pattern in _ALL}
for _pattern in _ALL:
    _pattern.image.flags.writeable = False
