"""The POST routes that compute one response: /forward, /backward, /convolve, /pool and the like."""

from fastapi import Request
from starlette.types import ASGIApp

from ..http.negotiation import JSON, NPY, accepts_json, prefers_npy
from ..http.responses import respond
from ..http.routing import NPY_RESPONSE, body_router
from ..schemas.backward import BackwardRequest, BackwardResponse
from ..schemas.convolve import ConvolveRequest, ConvolveResponse
from ..schemas.evaluate import EvaluateRequest, EvaluateResponse
from ..schemas.explain import ExplainRequest, ExplainResponse
from ..schemas.forward import ForwardRequest, ForwardResponse
from ..schemas.output_size import OutputSizeRequest, OutputSizeResponse
from ..schemas.pool import PoolRequest, PoolResponse
from ..schemas.replay import ReplayRequest, ReplayResponse
from ..schemas.responses import ResponsesRequest, ResponsesResponse
from ..services.backward import backward as backward_operation
from ..services.convolve import convolution as convolve_operation
from ..services.evaluate import evaluate as evaluate_operation
from ..services.explain import explanation as explain_operation
from ..services.forward import forward as forward_operation
from ..services.output_size import output_size as output_size_operation
from ..services.pool import pooling as pool_operation
from ..services.replay import replay as replay_operation
from ..services.responses import responses as responses_operation

router = body_router()


@router.post("/backward", response_model=BackwardResponse, tags=["training"])
async def backward(request: Request, body: BackwardRequest) -> ASGIApp:
    """Compute the gradient of an example's loss at every layer and for every parameter."""
    return respond(request, backward_operation(body, request.app.state.settings))


@router.post("/convolve", response_model=ConvolveResponse, responses=NPY_RESPONSE, tags=["compute"])
async def convolve(request: Request, body: ConvolveRequest) -> ASGIApp:
    """Convolve a signal or an image with a kernel, in any of four index conventions; `explain` lists every product.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone; with `explain`,
    it must accept JSON too.
    """
    npy = prefers_npy(request.scope) and not (body.explain and accepts_json(request.scope))
    return respond(request, convolve_operation(body, request.app.state.settings, npy=npy), NPY if npy else JSON)


@router.post("/evaluate", response_model=EvaluateResponse, tags=["training"])
async def evaluate(request: Request, body: EvaluateRequest) -> ASGIApp:
    """Evaluate a network on examples: predictions, probabilities, loss, accuracy and confusion matrix."""
    return respond(request, evaluate_operation(body, request.app.state.settings))


@router.post("/explain", response_model=ExplainResponse, tags=["compute"])
async def explain(request: Request, body: ExplainRequest) -> ASGIApp:
    """Explain how any number of an image's forward or backward pass is computed, with every product."""
    return respond(request, explain_operation(body, request.app.state.settings))


@router.post("/forward", response_model=ForwardResponse, tags=["compute"])
async def forward(request: Request, body: ForwardRequest) -> ASGIApp:
    """Send images through a network: every layer's output, logits, probabilities and the predicted class."""
    return respond(request, forward_operation(body, request.app.state.settings))


@router.post("/output-size", response_model=OutputSizeResponse, tags=["compute"])
async def output_size(request: Request, body: OutputSizeRequest) -> ASGIApp:
    """Compute the output size of a layer or a chain of layers, their windows, unread cells and receptive fields."""
    return respond(request, output_size_operation(body, request.app.state.settings))


@router.post("/pool", response_model=PoolResponse, responses=NPY_RESPONSE, tags=["compute"])
async def pool(request: Request, body: PoolRequest) -> ASGIApp:
    """Pool one map or several, and list each output's window and, for max, its winners.

    In .npy, as numpy.save writes it (application/octet-stream), the body is `input`, and the other fields are query
    parameters, each written as in JSON. A client that accepts .npy gets `output` alone.
    """
    npy = prefers_npy(request.scope)
    return respond(request, pool_operation(body, request.app.state.settings, npy=npy), NPY if npy else JSON)


@router.post("/replay", response_model=ReplayResponse, tags=["training"])
async def replay(request: Request, body: ReplayRequest) -> ASGIApp:
    """Send one image through a network with several sets of parameters, such as those of each epoch of a training."""
    return respond(request, replay_operation(body, request.app.state.settings))


@router.post("/responses", response_model=ResponsesResponse, tags=["compute"])
async def responses(request: Request, body: ResponsesRequest) -> ASGIApp:
    """Convolve an image with every preset kernel."""
    return respond(request, responses_operation(body, request.app.state.settings))
