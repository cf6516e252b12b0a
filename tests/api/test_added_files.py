"""A layer, an optimizer or a page is one new module: every operation works with it, or refuses it by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEAD = """
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
"""

FILES = {
    "layers/lp_pool2d.py": '''
from .pool2d import Pool2d


@dataclass(frozen=True, kw_only=True)
class LpPool2d(Pool2d):
    """m = the root of the sum of the squares of a window."""

    type: ClassVar[str] = "lp_pool2d"

    def forward(self, parameters: Any, x: Any) -> Any:
        windows = self._windows(*x.shape[2:])
        squares = np.zeros((*x.shape[:2], *windows.output_size))
        for outputs, inputs in windows.cells:
            squares[:, :, *outputs] += x[:, :, *inputs] ** 2
        m = np.sqrt(squares)
        return m, (x, m)

    def _forward_single(self, windows: Any, index: Any, shape: Any, parameters: Any, x: Any) -> Any:
        return self.forward(parameters, x)

    def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
        x, m = cache
        share = np.divide(grad_output, m, out=np.zeros_like(m), where=m > 0)
        grad_x = np.zeros_like(x)
        for outputs, inputs in self._windows(*x.shape[2:]).cells:
            grad_x[:, :, *inputs] += share[:, :, *outputs] * x[:, :, *inputs]
        return grad_x, {}
''',
    "layers/softsign.py": '''
from .base import ElementwiseLayer


@dataclass(frozen=True, kw_only=True)
class Softsign(ElementwiseLayer):
    """a = z / (1 + |z|)."""

    type: ClassVar[str] = "softsign"

    def forward(self, parameters: Any, x: Any) -> Any:
        return x / (1 + np.abs(x)), x

    def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
        return grad_output / (1 + np.abs(cache)) ** 2, {}
''',
    "layers/gain.py": '''
from .base import Layer


@dataclass(frozen=True, kw_only=True)
class Gain(Layer):
    """y = g x, with one g for each map."""

    type: ClassVar[str] = "gain"

    def output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def parameter_shapes(self, input_shape: Any) -> Any:
        return {"weight": (input_shape[0], 1, 1)}

    def forward(self, parameters: Any, x: Any) -> Any:
        return x * parameters["weight"], x

    def backward(self, parameters: Any, cache: Any, grad_output: Any) -> Any:
        weight = (grad_output * cache).sum(axis=(0, 2, 3), keepdims=True)[0]
        return grad_output * parameters["weight"], {"weight": weight}
''',
    "optimizers/signsgd.py": '''
from .base import Optimizer


@dataclass(frozen=True, kw_only=True)
class SignSGD(Optimizer):
    """Each parameter moves by the learning rate against the sign of its gradient."""

    type: ClassVar[str] = "signsgd"

    def make_update(self, parameters: Any, gradient: Any, slots: Any) -> Any:
        def update(_: int) -> None:
            np.subtract(parameters, self.learning_rate * np.sign(gradient), parameters)

        return update
''',
}

PAGE = {
    "app/web/hello.py": '''"""An added page."""

from .page import Link, Page

PAGE = Page(
    name="hello",
    path="/hello",
    link=Link(order=9, name="Hello", about="Greets."),
    stylesheets=("hello",),
    values=lambda: {"greeting": "Hello <you>"},
)
''',
    "templates/hello.html": '{% extends "base.html" %}{% block main %}{{ greeting }}{% endblock %}',
    "static/css/hello.css": ".hello { margin: 0 }",
}

DRIVER = """
import asyncio, json, re, sys
import httpx
from app.main import create_app

async def main(requests):
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://five.test") as client:
        responses = [await client.post("/api/v1/" + name, json=body) for name, body in requests]
        pages = [(await client.get(path)).status_code for path in ("/", "/openapi.json")]
        hello, playground = [(await client.get(path)).text for path in ("/hello", "/")]
        [sheet] = re.findall('"(static/[0-9a-f]+/css/pages/hello[.]css)"', hello)
        page = [hello, (await client.get("/" + sheet)).text, playground]
    return {"responses": [[r.status_code, r.json()] for r in responses], "pages": pages, "page": page}

print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
"""


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    conv = {"type": "conv2d", "name": "conv", "out_channels": 1, "kernel_size": 1, "bias": False}
    dense = {"type": "dense", "name": "dense", "out_features": 2, "bias": False}
    return {"input_shape": [1, 2, 2], "layers": [conv, *layers, {"type": "flatten"}, dense]}


RELU, MAX_POOL = {"type": "relu"}, {"type": "max_pool2d", "kernel_size": 2}
POOLED = network(RELU, {"type": "lp_pool2d", "kernel_size": 2})
NETWORKS = {
    "pooling": (POOLED, {}),
    "activation": (network({"type": "softsign"}, MAX_POOL), {}),
    "layer": (network(RELU, {"type": "gain", "name": "gain"}, MAX_POOL), {"gain": {"weight": [[[2]]]}}),
}
IMAGE = [[3, 0], [0, 4]]
CELLS = ["relu[0][0][0]", "pool[0][0][0]", "conv[0][1][1]"]
GRADIENTS = ["gradient.relu[0][1][1]", "gradient.conv[0][1][1]", "gradient.conv.weight[0][0][0][0]"]


def requests_with(net: dict[str, Any], more: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    parameters = {"conv": {"weight": [[[[1]]]]}, "dense": {"weight": [[1, 0]]}, **more}
    given = {"network": net, "parameters": parameters}
    example = {"image": IMAGE, "label": 1}
    training = {**given, "examples": [example] * 3, "epochs": 2, "optimizer": {"type": "signsgd"}}
    return [
        ("forward", {**given, "image": IMAGE}),
        ("backward", {**given, **example, "check": True}),
        ("evaluate", {**given, "examples": [example]}),
        ("replay", {"network": net, "snapshots": [parameters], "image": IMAGE}),
        ("train", training),
        ("train", {**training, "batch_size": 2}),
        ("explain", {**given, **example, "cells": CELLS + GRADIENTS, "check": True, "learning_rate": 0.1}),
    ]


@pytest.fixture(scope="module", name="answers")
def _answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that a service with the added files answers: per network, (status, JSON) by operation."""
    folder = tmp_path_factory.mktemp("added")
    shutil.copytree(ROOT / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("static", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    for path, text in PAGE.items():
        (folder / path).write_text(text)
    for path, text in FILES.items():
        (folder / "app" / "engine" / path).write_text(f'"""An added file."""\n{HEAD}{text}')
    requests = [request for net, more in NETWORKS.values() for request in requests_with(net, more)]
    run = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=folder,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    responses = iter(found["responses"])
    answers: dict[str, Any] = {"pages": found["pages"], "page": found["page"]}
    for kind, (net, more) in NETWORKS.items():
        names = [name for name, _ in requests_with(net, more)]
        answers[kind] = {
            f"{name} {n}" if names[:n].count(name) else name: next(responses) for n, name in enumerate(names)
        }
    return answers


def test_every_operation_answers_with_an_added_file(answers: dict[str, Any]) -> None:
    assert answers["pages"] == [200, 200]
    for kind in NETWORKS:
        statuses = {name: status for name, (status, _) in answers[kind].items()}
        assert set(statuses.values()) == {200} or statuses.pop("explain") == 422, (kind, statuses)
        assert set(statuses.values()) == {200}, (kind, statuses)
        assert answers[kind]["backward"][1]["check"]["max_relative_error"] < 1e-6


def test_an_added_pooling_is_explained_by_its_own_numbers(answers: dict[str, Any]) -> None:
    status, body = answers["pooling"]["explain"]
    assert status == 200, body
    told = {explanation["cell"]: explanation for explanation in body["explanations"]}
    # √(3² + 4²) = 5, and its slope by the cell of 4 is 4/5.
    pooled, error = told["pool[0][0][0]"], told["gradient.relu[0][1][1]"]
    assert pooled["value"] == 5
    assert pooled["terms"][0]["rule"] == "lp_pool2d"
    assert [factor["value"] for factor in pooled["terms"][0]["factors"]] == [3, 0, 0, 4]
    assert "winners" not in pooled
    assert error["terms"][0]["factors"][1]["value"] == 0.8
    assert told["gradient.conv.weight[0][0][0][0]"]["check"]["verdict"] == "agrees"


def test_an_added_activation_is_explained_by_its_own_numbers(answers: dict[str, Any]) -> None:
    status, body = answers["activation"]["explain"]
    assert status == 200, body
    told = {explanation["cell"]: explanation for explanation in body["explanations"]}
    assert told["relu[0][0][0]"]["value"] == 0.75  # 3 / (1 + 3)
    assert told["relu[0][0][0]"]["terms"][0]["rule"] == "softsign"
    assert told["gradient.conv[0][1][1]"]["terms"][0]["factors"][1]["value"] == 1 / 25  # 1 / (1 + 4)²


def test_a_network_with_an_added_layer_is_refused_by_name_where_it_cannot_be_explained(answers: dict[str, Any]) -> None:
    status, problem = answers["layer"]["explain"]
    assert status == 422
    assert "conv2d, relu, gain, max_pool2d" in problem["detail"]


def test_an_added_optimizer_trains(answers: dict[str, Any]) -> None:
    # Six updates by 0.01 against the sign of the gradient; label 1 wants less of score 0.
    status, body = answers["pooling"]["train"]
    assert status == 200, body
    assert body["parameters"]["dense"]["weight"][0] == pytest.approx([1 - 0.06, 0.06])


def test_an_added_page_is_served_and_linked(answers: dict[str, Any]) -> None:
    hello, stylesheet, playground = answers["page"]
    assert "Hello &lt;you&gt;" in hello
    assert stylesheet.endswith(".hello { margin: 0 }")
    assert '<a href="hello">Hello</a>' in playground
