"""The wheel, installed without a network into an environment that has nothing but what requirements/run.lock names."""

import email
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.conftest import MakeServer

ROOT = Path(__file__).parents[2]
RUN_LOCK = ROOT / "requirements" / "run.lock"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the locked build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commands of an environment with the wheel and its locked dependencies, which are links into this environment.

    pip installs the wheel without an index, so the dependencies that it asks for must be among the locked ones.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [site] = (folder / "lib").glob("python3*/site-packages")
    for name in set(re.findall(r"^([\w.-]+)==", RUN_LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)):
        locked = distribution(name)
        for entry in {file.parts[0] for file in locked.files or ()} - {"..", "__pycache__"}:
            (site / entry).symlink_to(str(locked.locate_file(entry)))
    commands = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", commands / "python", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-index", "--no-compile", wheel], check=True)
    return commands


@pytest.fixture
def with_own_app(tmp_path: Path) -> Path:
    """A user's folder that has a package called app and a module app.py."""
    for module in (tmp_path / "app" / "__init__.py", tmp_path / "app.py"):
        module.parent.mkdir(exist_ok=True)
        module.write_text('raise ImportError("the user\'s own app")\n', encoding="utf-8")
    return tmp_path


def run(python: Path, *arguments: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [python, *arguments], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_holds_only_fivebyfive(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fivebyfive"}
    for needed in ("py.typed", "static/js/main.js", "templates/base.html", "catalogue/data/opening.json"):
        assert f"fivebyfive/{needed}" in names


def test_command_serves_and_client_calls_in_a_folder_with_its_own_app(
    installed: Path, with_own_app: Path, make_server: MakeServer
) -> None:
    here = {"PYTHONPATH": "."}  # puts the folder before the installed packages
    served = make_server(command=[installed / "fivebyfive"], cwd=with_own_app, environment=here)  # answers /healthz
    with urllib.request.urlopen(served.url) as page:
        assert b"<title>Five by Five" in page.read()
    calling = "from fivebyfive import Client; print(Client(%r).convolve([1, 2, 3, 4, 5], [1, 0, -1]).output)"
    assert run(installed / "python", "-c", calling % served.url, cwd=with_own_app, **here) == "[-2. -2. -2.]\n"
    served.kill()
    assert run(installed / "python", "-m", "fivebyfive", "--version", cwd=with_own_app).startswith("fivebyfive ")


def test_misspelled_name_of_the_package_is_an_attribute_error(installed: Path, tmp_path: Path) -> None:
    code = "import fivebyfive\ntry: fivebyfive.Clinet\nexcept AttributeError as error: print(error)"
    assert "no attribute 'Clinet'" in run(installed / "python", "-c", code, cwd=tmp_path)


USE = """\
from typing import assert_type
import numpy as np
from numpy.typing import NDArray
from fivebyfive import Client
from fivebyfive.client import DoneOut, EpochOut, StartOut

with Client() as five:
    assert_type(five.convolve([1, 2], np.ones(1), stride=1).output, NDArray[np.float64])
    assert_type(five.forward({"layers": []}, image=[[0, 1]], seed=1).traces[0].predicted, int)
    for event in five.train(five.experiment("one-8").train, epochs=2):
        assert_type(event, StartOut | EpochOut | DoneOut)
        if isinstance(event, EpochOut):
            assert_type(event.loss, float)
"""
MISUSE = [
    ("five.convolve([1, 2], [1], strides=1)", 'Unexpected keyword argument "strides"'),
    ("five.forward({}, image=None)", 'Argument "image" to "forward" of "Client" has incompatible type "None"'),
    ("five.train({}, epochs='2')", 'Argument "epochs" to "train" of "Client" has incompatible type "str"'),
]


def test_type_checker_accepts_right_calls_of_the_client_and_no_others(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("\n".join([USE, *(call for call, _ in MISUSE), ""]), encoding="utf-8")
    # With this project's options and cache, so that numpy and pydantic need not be analyzed again.
    options = ["--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache", "--hide-error-context"]
    command = [sys.executable, "-m", "mypy", *options, "--python-executable", installed / "python", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(errors) == len(MISUSE), done.stdout + done.stderr
    first = USE.count("\n") + 2
    for number, (error, (_, expected)) in enumerate(zip(errors, MISUSE, strict=True), first):
        assert error.startswith(f"program.py:{number}: error: {expected}")


def test_metadata_names_both_licenses_and_has_no_relative_links(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_string(archive.read(name).decode())
        names = archive.namelist()
    assert metadata["License-Expression"] == "MIT AND CC-BY-SA-3.0"
    assert len(metadata.get_all("License-File", [])) == 2
    for file in metadata.get_all("License-File", []):
        assert any(inside.endswith(f".dist-info/licenses/{file}") for inside in names)
    description = metadata.get_payload()
    assert isinstance(description, str)
    assert description.startswith("# Five by Five")
    assert [link for link in re.findall(r"\]\(([^)]*)\)", description) if "://" not in link] == []


def test_uvicorn_serves_app_main_app_from_a_checkout() -> None:
    code = (
        "import uvicorn; config = uvicorn.Config('app.main:app', lifespan='off'); config.load();"
        "print(type(config.loaded_app).__name__)"
    )
    assert run(Path(sys.executable), "-c", code, cwd=ROOT).strip()
