"""GET /kernels and /kernels/random: write preset and random kernels."""

from typing import Any

from ..catalogue import KERNELS, Kernel, random_kernel
from ..schemas.kernels import RandomKernelQuery
from ..schemas.serialization import to_json


def kernel_out(kernel: Kernel) -> dict[str, Any]:
    """Return a kernel as `KernelOut` describes it."""
    factors = kernel.factors
    return {
        "id": kernel.id,
        "name": kernel.name,
        "family": kernel.family,
        "about": kernel.about,
        "matrix": kernel.matrix,
        "numerators": kernel.numerators,
        "divisor": kernel.divisor,
        "sum": kernel.sum,
        "separable": factors is not None,
        "factors": factors and {"column": factors[0], "row": factors[1]},
        "source": kernel.source,
    }


def kernels_json() -> bytes:
    """Return every preset kernel, in display order."""
    return to_json([kernel_out(kernel) for kernel in KERNELS.values()])


def random_kernel_json(query: RandomKernelQuery) -> bytes:
    """Return a random kernel."""
    return to_json(kernel_out(random_kernel(query.seed, query.size)))
