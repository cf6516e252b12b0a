"""GET /experiments and /experiments/{id}."""

from functools import partial
from typing import Annotated, Final

from fastapi import Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..catalogue import EXPERIMENTS
from ..http.constant_content import CACHEABLE_RESPONSES, ConstantContent
from ..http.routing import api_router
from ..schemas.experiments import ExperimentOut, ExperimentResponse
from ..services.experiments import experiment_json, experiments_json

router = api_router("catalogue")

_EXAMPLES = {"ten-digits": {"value": "ten-digits"}, "one-8": {"value": "one-8"}}
ExperimentId = Annotated[str, Path(alias="id", description="The id of an experiment.", openapi_examples=_EXAMPLES)]


@router.get("/experiments", response_model=list[ExperimentOut], responses=CACHEABLE_RESPONSES)
async def list_experiments(request: Request) -> Response:
    """List every experiment, in display order."""
    return await _EXPERIMENTS.response(request)


@router.get("/experiments/{id}", response_model=ExperimentResponse, responses=CACHEABLE_RESPONSES)
async def get_experiment(request: Request, experiment_id: ExperimentId) -> Response:
    """Return an experiment: a complete body for POST /train, and its test examples."""
    if experiment_id not in EXPERIMENTS:
        raise HTTPException(404, f"There is no experiment {experiment_id[:80]!r}; there are {', '.join(EXPERIMENTS)}")
    return await _COMPLETE[experiment_id].response(request)


_EXPERIMENTS: Final = ConstantContent(experiments_json)
_COMPLETE: Final = {
    name: ConstantContent(partial(experiment_json, experiment)) for name, experiment in EXPERIMENTS.items()
}
