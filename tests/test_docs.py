"""README.md and docs/ are true: every setting with its default, calls that work, files that exist, code that runs."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import numpy as np
import pytest

from app.catalogue import Experiment, Kernel
from app.engine.layers.base import Layer
from app.main import create_app
from app.schemas.limits import Limits
from app.schemas.train import TrainRequest
from app.settings import ENVIRONMENT_PREFIX, Settings
from tests.conftest import Server

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
API, ARCHITECTURE, SETTINGS = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("api", "architecture", "settings")
)
EVERYTHING = "\n".join(file.read_text(encoding="utf-8") for file in DOCS)
USUAL_URL = "http://127.0.0.1:8000"
BY_MACHINE = {"compute_threads": (max(1, (os.cpu_count() or 1) - 1), "the number of cores less one, at least 1")}


def blocks(language: str, heading: str = "", text: str = EVERYTHING) -> list[str]:
    """Return the fenced blocks of a language, of one section or of all."""
    text = re.split(r"^##+ ", text.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0] if heading else text
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def settings_table() -> str:
    """Return the rows of docs/settings.md: how the service runs first, then what it refuses."""
    fields = Settings.model_fields
    names = [name for name in fields if name not in Limits.model_fields] + list(Limits.model_fields)
    return "\n".join(
        f"| `{ENVIRONMENT_PREFIX}{name.upper()}` | {written(name, fields[name].default)} | {fields[name].description} |"
        for name in names
    )


def written(name: str, default: object) -> str:
    if name in BY_MACHINE:
        value, words = BY_MACHINE[name]
        assert default == value
        return words
    if isinstance(default, int) and default >= 10_000:
        return f"`{default:_}`"
    return "empty" if default == "" else f"`{default}`"


def test_every_setting_is_in_the_table_with_its_default_and_meaning() -> None:
    rows = re.findall(rf"^\| `{ENVIRONMENT_PREFIX}.*$", SETTINGS, flags=re.MULTILINE)
    assert "\n".join(rows) == settings_table()


def test_the_defaults_of_the_table_are_values_that_the_environment_may_give(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Settings()
    for variable, default in re.findall(
        rf"^\| `({ENVIRONMENT_PREFIX}\w+)` \| `(.+?)` \|", SETTINGS, flags=re.MULTILINE
    ):
        monkeypatch.setenv(variable, default)
    assert Settings() == usual


def test_docs_name_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(rf"{ENVIRONMENT_PREFIX}[A-Z_]+[A-Z]", EVERYTHING)) - {
        f"{ENVIRONMENT_PREFIX}MAX"
    }  # ..._MAX_…
    assert named <= {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}


def curls() -> list[list[list[str]]]:
    """Return each line of docs/api.md that calls the API, as its curl commands in a row."""
    lines = [line for block in blocks("sh", text=API) for line in block.splitlines() if line.startswith("curl ")]
    found = []
    for line in lines:
        words = shlex.shlex(line, posix=True, punctuation_chars="|")
        words.whitespace_split = True
        commands: list[list[str]] = [[]]
        for word in words:
            if word == "|":
                commands.append([])
            else:
                commands[-1].append(word)
        found.append([command for command in commands if command[0] == "curl"])
    return found


def test_there_are_four_lines_of_curl() -> None:
    assert [len(commands) for commands in curls()] == [1, 1, 1, 2]


@pytest.mark.parametrize("commands", curls(), ids=lambda commands: commands[-1][-1][:40])
def test_curl_line_of_the_docs_works(commands: list[list[str]], server: Server) -> None:
    before: Any = None
    for command in commands:
        [url] = [word for word in command if word.startswith(USUAL_URL)]
        headers = dict([command[at + 1].split(": ", 1) for at, word in enumerate(command) if word == "-H"])
        if "--json" not in command:
            reply = httpx.get(server.url + url.removeprefix(USUAL_URL), headers=headers)
        else:
            body = command[command.index("--json") + 1]
            given = before["train"] if body == "@-" else json.loads(body)
            reply = httpx.post(server.url + url.removeprefix(USUAL_URL), headers=headers, json=given)
        assert reply.status_code == 200, reply.text
        if headers.get("Accept") == "text/event-stream":
            events = re.findall(r"^event: (.*)$", reply.text, flags=re.MULTILINE)
            assert (events[0], events[-1], set(events[1:-1])) == ("start", "done", {"epoch"})
        else:
            before = reply.json()


def test_the_list_of_calls_is_the_apis_own() -> None:
    [sentence] = re.findall(r"All calls, under `/api/v1`:(.*?);", API, flags=re.DOTALL)
    paths = create_app(Settings()).openapi()["paths"]
    of_api = {path.removeprefix("/api/v1") for path in paths if path.startswith("/api/v1/") and "{" not in path}
    assert set(re.findall(r"`(/[\w/-]+)`", sentence)) == of_api


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links_and_pictures_of_the_docs_lead_to_files(file: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", file.read_text(encoding="utf-8"))
    assert [path for path in links if not (file.parent / path).exists()] == []


def test_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") <= 120


def test_the_places_of_the_code_layout_exist() -> None:
    layout, *_ = blocks("text", text=ARCHITECTURE)
    places = re.findall(r"^([\w/]+/|app/\w+\.py)(?=\s|,)", layout, flags=re.MULTILINE)
    assert len(places) >= 10
    assert [place for place in places if not (ROOT / place).exists()] == []


RECIPES = [code for file in DOCS for code in blocks("python", text=file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("code", RECIPES, ids=lambda code: code.splitlines()[0])
@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_python_of_the_docs_passes_the_linter(code: str, command: list[str]) -> None:
    name = "app/example.py" if "from .." in code else "scripts/example.py"  # a file to add, or a user's program
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--stdin-filename", name, "-"]
    done = subprocess.run(ruff, cwd=ROOT, input=code, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


PACKAGE_OF = {
    "Add a kernel": "app.catalogue.kernels",
    "Add a layer": "app.engine.layers",
    "Add an experiment": "app.catalogue.experiments",
}


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], ModuleType]:
    """The Python of a section as the module that it would be in its package."""

    def load(heading: str) -> ModuleType:
        [code] = blocks("python", heading, ARCHITECTURE)
        file = tmp_path / "example.py"
        file.write_text(code, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"{PACKAGE_OF[heading]}.example", file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_kernel_of_the_docs_is_one(example: Callable[[str], ModuleType]) -> None:
    [kernel] = example("Add a kernel").ENTRIES
    assert isinstance(kernel, Kernel)
    assert kernel.matrix.sum() == 0


def test_the_experiment_of_the_docs_is_a_complete_body_for_train(example: Callable[[str], ModuleType]) -> None:
    [experiment] = example("Add an experiment").ENTRIES
    assert isinstance(experiment, Experiment)
    body = experiment.train_body() | {"epochs": 1}
    run = TrainRequest.model_validate_json(json.dumps(body, default=np.ndarray.tolist))
    assert run.network.network().shapes[-1] == (10,)


def test_the_layer_of_the_docs_has_a_true_gradient(example: Callable[[str], ModuleType]) -> None:
    [kind] = [
        found
        for found in vars(example("Add a layer")).values()
        if isinstance(found, type) and issubclass(found, Layer) and "type" in vars(found)
    ]
    layer = kind()
    x = np.array([[-3.0, -0.5, 0.25, 0.75, 2.0]])
    output, cache = layer.forward({}, x)
    np.testing.assert_array_equal(output, [[-1, -0.5, 0.25, 0.75, 1]])
    gradient, _ = layer.backward({}, cache, np.ones_like(x))
    step = 1e-6
    slopes = (layer.forward({}, x + step)[0] - layer.forward({}, x - step)[0]) / (2 * step)
    np.testing.assert_allclose(gradient, slopes, rtol=0, atol=1e-9)


@pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
def test_decision_record_has_context_decision_and_consequence(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.match(r"# [A-Z]", text)
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequence"]
