"""The wheel, installed into a clean environment: it is called fivebyfive, and nothing of it is called app."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the locked build backend: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*build, "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that has the wheel and, from this environment, its dependencies."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    [site] = (folder / "lib").glob("python3*/site-packages")
    [ours] = (Path(sys.executable).parents[1] / "lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(f"{ours}\n", encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:  # a wheel of pure Python needs no more than this
        archive.extractall(site)
    return python


@pytest.fixture
def with_own_app(tmp_path: Path) -> Path:
    """A user's folder that has a package called app."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text('raise ImportError("the user\'s own app")\n', encoding="utf-8")
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


def test_client_imports_in_a_folder_with_its_own_app(installed: Path, with_own_app: Path) -> None:
    code = "from fivebyfive import Client, __version__; print(Client.__name__, __version__)"
    assert run(installed, "-c", code, cwd=with_own_app).split()[0] == "Client"


@pytest.mark.parametrize("environment", [{}, {"PYTHONPATH": "."}], ids=["plain", "PYTHONPATH"])
def test_command_runs_in_a_folder_with_its_own_app(
    installed: Path, with_own_app: Path, environment: dict[str, str]
) -> None:
    assert run(installed, "-m", "fivebyfive", "--version", cwd=with_own_app, **environment).startswith("fivebyfive ")
    script = "import fivebyfive.main; print(len(fivebyfive.main.create_app().routes))"
    assert int(run(installed, "-c", script, cwd=with_own_app, **environment)) > 10


def test_misspelled_name_of_the_package_is_an_attribute_error(installed: Path, tmp_path: Path) -> None:
    code = "import fivebyfive\ntry: fivebyfive.Clinet\nexcept AttributeError as error: print(error)"
    assert "no attribute 'Clinet'" in run(installed, "-c", code, cwd=tmp_path)


def test_uvicorn_serves_app_main_app_from_a_checkout() -> None:
    code = (
        "import uvicorn; config = uvicorn.Config('app.main:app', lifespan='off'); config.load();"
        "print(type(config.loaded_app).__name__)"
    )
    assert run(Path(sys.executable), "-c", code, cwd=ROOT).strip()
