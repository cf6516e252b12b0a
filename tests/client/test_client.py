"""The client, blocking against a real server and asyncio against the application in this process."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from app.client import AsyncClient, Client, ProblemError, TrainEvent
from app.main import create_app
from app.schemas.examples import ExampleSpec
from app.schemas.network import NetworkSpec
from app.schemas.problem import DivergedProblem
from app.schemas.train import DoneOut, EpochOut, StartOut
from tests.api.bodies import EIGHT, KERNEL, LOGITS, network
from tests.conftest import MakeServer, Server

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


def test_the_blocking_client_trains_event_by_event_and_goes_on_from_any_snapshot(server: Server) -> None:
    with Client(server.url) as five:
        start = five.experiment("ten-digits").train
        events = list(five.train(start, epochs=4))
        assert [type(event) for event in events] == [StartOut, *[EpochOut] * 4, DoneOut]
        whole = five.train_whole(start, epochs=4)
        assert [epoch.loss for epoch in whole.epochs] == [event.loss for event in events if isinstance(event, EpochOut)]
        second = events[2]
        assert isinstance(second, EpochOut)
        assert second.parameters is not None
        assert second.optimizer_state is not None
        went_on = five.train_whole(
            start,
            parameters=second.parameters,
            optimizer_state=second.optimizer_state,
            first_epoch=second.epoch + 1,
            epochs=2,
        )
        for layer, arrays in whole.parameters.items():
            for name, array in arrays.items():
                assert went_on.parameters[layer][name].tobytes() == array.tobytes()


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
def test_a_training_goes_on_by_itself_when_its_server_is_replaced(
    make_server: MakeServer, server: Server, end: Callable[[Server], object]
) -> None:
    with Client(server.url) as undisturbed:
        start = undisturbed.experiment("ten-digits").train
        whole = undisturbed.train_whole(start, epochs=300, snapshot_every=50)
    replaced = make_server()
    events: list[TrainEvent] = []
    with Client(replaced.url) as five:
        for event in five.train(start, epochs=300, snapshot_every=50):
            events.append(event)
            if len(events) == 3:
                end(replaced)
                replaced.start()
    assert [type(event) for event in events] == [StartOut, *[EpochOut] * 300, DoneOut]
    epochs = [event for event in events if isinstance(event, EpochOut)]
    assert [epoch.model_dump_json() for epoch in epochs] == [epoch.model_dump_json() for epoch in whole.epochs]
    assert replaced.stop() == 0


def test_leaving_a_training_early_is_closing_its_generator(server: Server) -> None:
    with Client(server.url) as five:
        events = five.train(five.experiment("ten-digits").train, epochs=10_000, snapshot_every=10_000)
        assert isinstance(next(events), StartOut)
        assert isinstance(next(events), EpochOut)
        events.close()
        assert five.version().name == "fivebyfive"


def test_a_training_that_diverges_raises_what_is_needed_to_go_on(server: Server) -> None:
    diverging = {"epochs": 20, "optimizer": {"type": "sgd", "learning_rate": 1000, "momentum": 0.9}}
    with Client(server.url) as five:
        start = five.experiment("ten-digits").train.model_dump(mode="json", exclude_none=True) | diverging
        for train in (lambda: list(five.train(start)), lambda: five.train_whole(start)):
            with pytest.raises(ProblemError, match="diverged") as failed:
                train()
            assert failed.value.status == 422
            assert isinstance(failed.value.problem, DivergedProblem)
            assert np.isfinite(failed.value.problem.parameters["dense"]["weight"]).all()
        with pytest.raises(ProblemError, match="epochs"):
            next(five.train(start, epochs=0))


def test_the_blocking_client_evaluates_replays_and_gives_gradients(server: Server) -> None:
    examples = [{"image": np.array(EIGHT), "label": np.int64(8)}]
    with Client(server.url) as five:
        told = five.evaluate(network(), examples, parameters=PARAMETERS)
        assert told.predictions == [2]
        assert told.confusion[8][2] == 1
        assert five.evaluate(network(), {"dataset": "notebook"}, seed=1).probabilities.shape == (2, 10)
        assert five.evaluate(network(), [ExampleSpec(image=np.array(EIGHT), label=8)], seed=1).accuracy in {0, 1}
        gradients = five.backward(network(), EIGHT, 8, parameters=PARAMETERS, check=True)
        assert gradients.parameters["conv"]["weight"].shape == (1, 1, 3, 3)
        assert gradients.check is not None
        assert gradients.check["max_relative_error"] < 1e-6
        traces = five.replay(network(), [PARAMETERS, PARAMETERS], EIGHT).traces
        np.testing.assert_array_equal(traces[1].logits, LOGITS)
        assert "one-8" in [experiment.id for experiment in five.experiments()]
        assert five.dataset("notebook", split="test").total == 1


@pytest.mark.anyio
async def test_the_asyncio_client_trains_and_evaluates_too() -> None:
    async with AsyncClient("http://five.test", transport=httpx.ASGITransport(create_app())) as five:
        start = (await five.experiment("8-and-2")).train
        events = [event async for event in five.train(start, epochs=3)]
        assert [type(event) for event in events] == [StartOut, *[EpochOut] * 3, DoneOut]
        done = events[-1]
        assert isinstance(done, DoneOut)
        whole = await five.train_whole(start, epochs=3)
        assert whole.next_epoch == done.next_epoch == 4
        with pytest.raises(ProblemError, match="epochs"):
            async for _ in five.train(start, epochs=0):
                pass
        told = await five.evaluate(start.network, start.examples, parameters=done.parameters)
        assert len(told.predictions) == 2
        assert (await five.backward(network(), EIGHT, 8, seed=1)).network_parameters is not None
        assert len((await five.replay(start.network, [done.parameters], EIGHT)).traces) == 1
        assert len(await five.experiments()) >= 7
        assert (await five.dataset("notebook", split="train")).total == 2


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
        beyond = await five.dataset("notebook", offset=100)
        assert (beyond.images.shape, beyond.total) == ((0, 5, 5), 3)
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
