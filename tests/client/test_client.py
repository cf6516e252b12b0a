"""The client, blocking against a real server and asyncio against the application in this process."""

from typing import Any

import httpx
import numpy as np
import pytest

from app.client import AsyncClient, Client, ProblemError
from app.main import create_app
from app.schemas.network import NetworkSpec
from tests.api.bodies import EIGHT, KERNEL, LOGITS, network
from tests.conftest import Server

PARAMETERS: dict[str, dict[str, Any]] = {
    "conv": {"weight": np.array([[KERNEL]])},
    "dense": {"weight": np.zeros((4, 10)), "bias": LOGITS},
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_blocking_client_gives_the_notebooks_numbers_as_arrays(server: Server) -> None:
    with Client(server.url) as five:
        reply = five.forward(network(), parameters=PARAMETERS, image=np.array(EIGHT))
        trace = reply.traces[0]
        np.testing.assert_array_equal(trace.layers[0].output, [[[1, 2, 1], [0, 2, 0], [1, 2, 1]]])
        np.testing.assert_array_equal(trace.layers[2].output, [[[2, 1], [2, 1]]])
        assert trace.layers[2].winners is not None
        assert trace.layers[2].winners.dtype == np.bool_
        assert trace.predicted == 2
        assert reply.parameters is None
        assert five.version().name == "fivebyfive"
        assert five.limits().max_json_depth == 200
        assert five.kernels()[0].id == "identity"
        assert {"notebook", "digits"} <= {dataset.id for dataset in five.datasets()}


def test_the_blocking_client_pages_convolves_and_pools(server: Server) -> None:
    with Client(server.url) as five:
        page = five.dataset("notebook", limit=1)
        assert page.next_offset == 1
        np.testing.assert_array_equal(page.images, [EIGHT])
        output = five.convolve([1, 2, 3, 4, 5], [1, 0, -1], convention="f(i-j)g(j)", padding=(2, 0)).output
        np.testing.assert_array_equal(output, [1, 2, 2, 2, 2])
        pooled = five.pool([[1, 2, 1], [0, 2, 0], [1, 2, 1]], kind="max", kernel_size=2, ceil_mode=True)
        np.testing.assert_array_equal(pooled.output, [[2, 1], [2, 1]])
        assert five.output_size(5, [{"kernel_size": 3}]).sizes == [5, 3]
        np.testing.assert_array_equal(five.responses(EIGHT).responses["notebook"], [[1, 2, 1], [0, 2, 0], [1, 2, 1]])
        assert five.patterns()[0].id == "flat"


@pytest.mark.anyio
async def test_the_asyncio_client_gives_the_same() -> None:
    transport = httpx.ASGITransport(create_app())
    spec = NetworkSpec.model_validate(network())
    async with AsyncClient("http://five.test", transport=transport) as five:
        reply = await five.forward(spec, parameters={"conv": PARAMETERS["conv"]}, seed=1, images=[EIGHT, EIGHT])
        assert len(reply.traces) == 2
        assert reply.parameters is not None
        assert reply.parameters["dense"]["weight"].shape == (4, 10)
        assert (await five.convolve(EIGHT, np.array(KERNEL), explain=True)).terms is not None
        assert (await five.pool(EIGHT, kind="average", kernel_size=5)).output.shape == (1, 1)
        assert (await five.dataset("notebook", offset=2)).labels == [2]
        assert len(await five.kernels()) >= 11
        assert len(await five.patterns()) >= 8
        assert (await five.output_size(6, [{"kernel_size": 3, "stride": 2}])).layers[0].left_over == 1
        assert (await five.responses(np.array(EIGHT))).responses["roberts-1"].shape == (4, 4)
        assert (await five.datasets())[0].total >= 1
        assert (await five.limits()).max_images >= 1
        assert (await five.version()).api == "v1"


@pytest.mark.anyio
async def test_a_refusal_is_an_error_that_carries_the_problem() -> None:
    async with AsyncClient("http://five.test", transport=httpx.ASGITransport(create_app())) as five:
        with pytest.raises(ProblemError, match="exceeds the padded input") as refused:
            await five.convolve([1], [1, 2])
        assert refused.value.status == 422
        assert refused.value.problem is not None
        assert refused.value.problem.errors[0].field == "kernel"
        with pytest.raises(ProblemError, match="There is no data set"):
            await five.dataset("nothing")
        with pytest.raises(ProblemError, match="valid number"):
            await five.convolve(np.array([1, np.nan]), [1])


def test_an_answer_that_is_not_the_services_is_an_error_without_a_problem() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="Bad Gateway"))
    with Client("http://five.test", transport=transport) as five, pytest.raises(ProblemError, match="502") as failed:
        five.kernels()
    assert failed.value.problem is None


def test_a_path_prefix_of_the_service_is_kept() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=[])

    with Client("http://five.test/prefix", transport=httpx.MockTransport(answer)) as five:
        five.kernels()
    assert asked == ["/prefix/api/v1/kernels"]
