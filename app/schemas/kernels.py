"""GET /kernels: the preset kernels."""

from pydantic import ConfigDict, Field

from .arrays import Matrix
from .base import QueryModel, ResponseModel
from .geometry import Seed, Size
from .network import NOTEBOOK_KERNEL


class FactorsOut(ResponseModel):
    """A column and a row of whole numbers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"column": [1, 2, 1], "row": [-1, 0, 1]}]})

    column: list[int] = Field(description="The numbers from top to bottom.")
    row: list[int] = Field(description="The numbers from left to right.")


class RandomKernelQuery(QueryModel):
    """Size and seed of a random kernel."""

    size: Size = Field(default=3, description="Height and width.", examples=[3])
    seed: Seed = Field(default=0, description="The same seed and size draw the same numbers.", examples=[7])


class KernelOut(ResponseModel):
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
