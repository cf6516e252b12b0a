"""The wheel, installed into a clean environment: it is called fivebyfive, and nothing of it is called app."""

import email
import os
import re
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


@pytest.fixture(params=["app/__init__.py", "app.py"])
def with_own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A user's folder that has a package, or a module, called app."""
    module: Path = tmp_path / request.param
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


def test_type_checker_sees_the_types_of_the_client(installed: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from fivebyfive import Client\n"
        "with Client() as five:\n"
        "    reveal_type(five.convolve([1, 2], [1]).output)\n"
        "    five.convolve([1, 2], [1], strides=1)\n",
        encoding="utf-8",
    )
    # With this project's options and cache, so that numpy and pydantic need not be analyzed again.
    options = ["--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache"]
    command = [sys.executable, "-m", "mypy", *options, "--python-executable", installed, script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith("script.py:")]
    revealed, wrong = (next(line for line in said if line.startswith(f"script.py:{number}:")) for number in (3, 4))
    assert "numpy.ndarray" in revealed
    assert "float64" in revealed or "floating" in revealed
    assert 'Unexpected keyword argument "strides"' in wrong


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
