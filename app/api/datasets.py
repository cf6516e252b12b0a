"""GET /datasets and /datasets/{id}."""

from functools import lru_cache, partial
from typing import Annotated, Final

from fastapi import Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..catalogue import DATASETS
from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.routing import api_router
from ..schemas.datasets import DatasetOut, DatasetPage, Page, count_of_split
from ..services.datasets import dataset_json, datasets_json

router = api_router("catalogue")

_EXAMPLES = {"digits": {"value": "digits"}, "notebook": {"value": "notebook"}}
DatasetId = Annotated[str, Path(alias="id", description="The id of a data set.", openapi_examples=_EXAMPLES)]


@router.get("/datasets", response_model=list[DatasetOut], responses=CACHEABLE_RESPONSES)
async def list_datasets(request: Request) -> Response:
    """List every data set, without its images."""
    return await _DATASETS.response(request)


@router.get("/datasets/{id}", response_model=DatasetPage, responses=CACHEABLE_RESPONSES)
async def get_dataset(request: Request, dataset_id: DatasetId, page: Annotated[Page, Query()]) -> Response:
    """Return a page of a data set's images and labels."""
    if dataset_id not in DATASETS:
        raise HTTPException(404, f"There is no data set {dataset_id[:80]!r}; there are {', '.join(DATASETS)}")
    if page.split is not None:
        count_of_split(DATASETS[dataset_id], page.split, "split")
    return await _page(dataset_id, page).response(request)


_DATASETS: Final = ConstantContent(datasets_json)


@lru_cache(maxsize=16)  # a page of 1,000 images takes 0.4 MB
def _page(dataset_id: str, page: Page) -> ConstantContent:
    return ConstantContent(partial(dataset_json, DATASETS[dataset_id], page))
