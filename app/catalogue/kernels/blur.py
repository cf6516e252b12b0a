"""Kernels that average: their weights are positive and add up to one, so brightness stays as it is."""

from ..kernel import Kernel

ORDER = 60

ENTRIES = (
    Kernel(
        id="box-blur",
        name="Box blur",
        family="Blur",
        about="The plain mean of nine cells: it blurs, and it leaves faint square traces.",
        numerators=((1, 1, 1), (1, 1, 1), (1, 1, 1)),
        divisor=9,
        source="The notebook.",
    ),
    Kernel(
        id="gaussian-blur",
        name="Gaussian blur",
        family="Blur",
        about="A mean that gives near cells more weight, in the proportions 1 2 1 both ways: it blurs more gently than "
        "the box.",
        numerators=((1, 2, 1), (2, 4, 2), (1, 2, 1)),
        divisor=16,
        source="The notebook; binomial coefficients, which approximate a Gaussian.",
    ),
)
