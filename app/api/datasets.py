"""GET /datasets and /datasets/{id}."""

from typing import Annotated

from fastapi import Path, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..catalogue import DATASETS
from ..schemas.datasets import DatasetOut, DatasetPage, Page
from ..services.datasets import dataset_json, datasets_json
from .json_reply import JsonReply
from .routing import api_router

router = api_router("catalogue")

_EXAMPLES = {"digits": {"value": "digits"}, "notebook": {"value": "notebook"}}
DatasetId = Annotated[str, Path(alias="id", description="The id of a data set.", openapi_examples=_EXAMPLES)]


@router.get("/datasets", response_model=list[DatasetOut])
async def list_datasets() -> Response:
    """Every data set, without its images."""
    return JsonReply(datasets_json())


@router.get("/datasets/{id}", response_model=DatasetPage)
async def get_dataset(dataset_id: DatasetId, page: Annotated[Page, Query()]) -> Response:
    """One page of a data set's images and labels."""
    if dataset_id not in DATASETS:
        raise HTTPException(404, f"There is no data set {dataset_id[:80]!r}; there are {', '.join(DATASETS)}")
    return JsonReply(dataset_json(DATASETS[dataset_id], page))
