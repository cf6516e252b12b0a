"""GET /kernels: the preset kernels."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue import KERNELS, Kernel, random_kernel
from app.schemas.arrays import Matrix
from app.schemas.base import ReplyModel
from app.schemas.geometry import Seed, Size
from app.schemas.json_bytes import to_json
from app.schemas.network import NOTEBOOK_KERNEL


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
    source: str = Field(description="Where the numbers come from.")


def kernels_json() -> bytes:
    """Every preset kernel, in the order they are shown."""
    return to_json(list(map(_kernel, KERNELS.values())))


def random_kernel_json(query: RandomKernelQuery) -> bytes:
    """A kernel drawn at random."""
    return to_json(_kernel(random_kernel(query.seed, query.size)))


def _kernel(kernel: Kernel) -> dict[str, Any]:
    """See `KernelOut`."""
    return {
        "id": kernel.id,
        "name": kernel.name,
        "family": kernel.family,
        "about": kernel.about,
        "matrix": kernel.matrix,
        "numerators": kernel.numerators,
        "divisor": kernel.divisor,
        "source": kernel.source,
    }
