"""GET /experiments and /experiments/{id}."""

from functools import cache
from typing import Annotated

from fastapi import Path
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ..catalogue import EXPERIMENTS
from ..schemas.experiments import ExperimentOut, ExperimentReply
from ..services.experiments import experiment_json, experiments_json
from .json_reply import JsonReply
from .routing import api_router

router = api_router("catalogue")

_EXAMPLES = {"ten-digits": {"value": "ten-digits"}, "one-8": {"value": "one-8"}}
ExperimentId = Annotated[str, Path(alias="id", description="The id of an experiment.", openapi_examples=_EXAMPLES)]


@router.get("/experiments", response_model=list[ExperimentOut])
async def list_experiments() -> Response:
    """Every experiment, in the order they are shown."""
    return JsonReply(experiments_json())


@router.get("/experiments/{id}", response_model=ExperimentReply)
async def get_experiment(experiment_id: ExperimentId) -> Response:
    """A named starting point: a complete body for POST /train, and what it is tested with."""
    if experiment_id not in EXPERIMENTS:
        raise HTTPException(404, f"There is no experiment {experiment_id[:80]!r}; there are {', '.join(EXPERIMENTS)}")
    return JsonReply(_experiment(experiment_id))


@cache
def _experiment(experiment_id: str) -> bytes:
    return experiment_json(EXPERIMENTS[experiment_id])
