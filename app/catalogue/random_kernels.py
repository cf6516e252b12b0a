"""Kernels drawn at random, the same for the same seed."""

import numpy as np

from .kernel import Kernel


def random_kernel(seed: int, size: int | tuple[int, int] = 3) -> Kernel:
    """Draw a kernel: each weight is one of −1.00, −0.99, …, 1.00, all equally likely.

    Hundredths, so that the two decimals on the page are the whole number and not a rounding of it.

    Parameters
    ----------
    seed : int
        At least 0; the same seed and size give the same kernel.
    size : int or (int, int)
        Height and width; one number means a square.

    Returns
    -------
    Kernel
        With the id ``random`` and divisor 100; its name tells the seed.

    Raises
    ------
    ValueError
        If the seed is negative or a side is below 1.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if seed < 0:
        raise ValueError(f"random kernel: seed is {seed}; it must be at least 0")
    if height < 1 or width < 1:
        raise ValueError(f"random kernel: size is ({height}, {width}); each side must be at least 1")
    drawn = np.random.default_rng(seed).integers(-100, 100, size=(height, width), endpoint=True)
    return Kernel(
        id="random",
        name=f"Random {seed}",
        family="Random",
        about="Numbers drawn at random between −1 and 1: it looks for nothing in particular until it is trained.",
        numerators=tuple(tuple(int(number) for number in row) for row in drawn),
        divisor=100,
        source="Drawn by this program, as in the notebook's random kernel; the seed repeats it.",
    )
