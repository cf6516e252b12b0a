"""GET /kernels: the preset kernels."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..catalogue import KERNELS, Kernel, random_kernel
from .arrays import Matrix
from .base import ReplyModel
from .geometry import Seed, Size
from .json_bytes import to_json
from .network import NOTEBOOK_KERNEL


class FactorsOut(ReplyModel):
    """A column and a row of whole numbers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"column": [1, 2, 1], "row": [-1, 0, 1]}]})

    column: list[int] = Field(description="The numbers from top to bottom.")
    row: list[int] = Field(description="The numbers from left to right.")


class RandomKernelQuery(BaseModel):
    """Which random kernel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: Size = Field(default=3, description="Height and width.", examples=[3])
    seed: Seed = Field(default=0, description="The same seed and size draw the same numbers.", examples=[7])


class KernelOut(ReplyModel):
    """A named matrix."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "notebook",
                    "name": "The notebook's own",
                    "family": "Notebook",
                    "about": "Adds the two lower corners.",
                    "matrix": NOTEBOOK_KERNEL,
                    "numerators": NOTEBOOK_KERNEL,
                    "divisor": 1,
                    "sum": 2,
                    "separable": True,
                    "factors": {"column": [0, 0, 1], "row": [1, 0, 1]},
                    "source": "The notebook",
                }
            ]
        }
    )

    id: str = Field(description="What requests call it.")
    name: str = Field(description="What people call it.")
    family: str = Field(description="The heading it is listed under.")
    about: str = Field(description="What it does.")
    matrix: Matrix = Field(description="What is applied: numerators / divisor.")
    numerators: list[list[int]] = Field(description="The rows as whole numbers, before division.")
    divisor: int = Field(ge=1, description="What every numerator is divided by.")
    sum: float = Field(description="What the matrix adds up to: what a flat area of ones becomes.")
    separable: bool = Field(description="Whether it is a column times a row, so that two small kernels do its work.")
    factors: FactorsOut | None = Field(
        description="That column and row; their products are the numerators. null unless separable."
    )
    source: str = Field(description="Where the numbers come from.")


def kernel_out(kernel: Kernel) -> dict[str, Any]:
    """A kernel as `KernelOut` describes it."""
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
    """Every preset kernel, in the order they are shown."""
    return to_json([kernel_out(kernel) for kernel in KERNELS.values()])


def random_kernel_json(query: RandomKernelQuery) -> bytes:
    """A kernel drawn at random."""
    return to_json(kernel_out(random_kernel(query.seed, query.size)))
