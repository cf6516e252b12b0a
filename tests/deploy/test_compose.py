"""compose.yaml as podman-compose reads it (its dry run needs no podman), and true of this service."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.main import create_app
from app.settings import ENVIRONMENT_PREFIX, Settings
from tests.conftest import STOP_SECONDS
from tests.deploy.strict_yaml import StrictLoader

ROOT = Path(__file__).parents[2]
FILE = ROOT / "compose.yaml"
COMMAND = Path(sys.executable).parent / "podman-compose"
NO_SETTINGS = {"FIVEBYFIVE_ROOT_PATH", "PORT", "IMAGE"}


def config(file: Path = FILE, **environment: str) -> subprocess.CompletedProcess[str]:
    usual = {name: value for name, value in os.environ.items() if name not in NO_SETTINGS}
    return subprocess.run(
        [COMMAND, "--dry-run", "-f", file, "config"],
        env=usual | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(**environment: str) -> dict[str, Any]:
    done = config(**environment)
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = yaml.safe_load(done.stdout)
    return parsed


def test_no_key_stands_twice() -> None:
    assert yaml.load(FILE.read_text("utf-8"), StrictLoader)["services"]  # noqa: S506


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = read()["services"]
    return found


def test_a_file_that_refers_to_what_is_not_there_is_refused(tmp_path: Path) -> None:
    planted = tmp_path / "compose.yaml"
    planted.write_text(FILE.read_text("utf-8").replace("networks: [inside]", "networks: [nowhere]"), "utf-8")
    assert config(planted).returncode != 0


def test_only_the_proxy_is_published_and_only_it_can_reach_out(services: dict[str, Any]) -> None:
    assert set(services) == {"app", "proxy"}
    assert "ports" not in services["app"]
    assert services["proxy"]["ports"] == ["8000:8080"]
    assert services["app"]["networks"] == ["inside"]
    assert read()["networks"]["inside"]["internal"] is True
    assert "listen 8080;" in (ROOT / "deploy" / "nginx.conf").read_text("utf-8")


@pytest.mark.parametrize("name", ["app", "proxy"])
def test_a_service_has_no_rights_that_it_does_not_need_and_bounds_on_what_it_takes(
    services: dict[str, Any], name: str
) -> None:
    service = services[name]
    assert service["read_only"] is True
    # nginx keeps bodies in files there, as many as clients send, and they are memory.
    assert service["tmpfs"] == [{"app": "/tmp:size=16m", "proxy": "/tmp:size=64m"}[name]]  # noqa: S108 - a container's own
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"])
    assert {"cpus", "mem_limit", "pids_limit", "restart", "healthcheck", "logging"} <= set(service)


def test_every_file_that_is_mounted_is_there_and_read_only(services: dict[str, Any]) -> None:
    [mount] = services["proxy"]["volumes"]
    file, _, mode = mount.split(":")
    assert (ROOT / file).is_file()
    assert mode == "ro"


def test_what_another_made_is_named_by_an_exact_version(services: dict[str, Any]) -> None:
    assert re.fullmatch(r"nginx:\d+\.\d+\.\d+(-\w+)?", services["proxy"]["image"])


def test_the_proxy_asks_the_service_by_its_name_and_port(services: dict[str, Any]) -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    [(name, port)] = re.findall(r"server (\w+):(\d+) resolve", nginx)
    assert int(port) == Settings.model_fields["port"].default
    assert services[name]["expose"] == [port]
    assert services["proxy"]["depends_on"][name]["condition"] == "service_healthy"


def test_health_checks_ask_a_route_that_is_there(services: dict[str, Any]) -> None:
    [asked] = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", services["app"]["healthcheck"]["test"][-1])
    assert asked == (str(Settings.model_fields["port"].default), "/healthz")
    assert services["proxy"]["healthcheck"]["test"][-1] == "http://127.0.0.1:8080/healthz"
    prefixed = read(FIVEBYFIVE_ROOT_PATH="/five")["services"]
    assert prefixed["proxy"]["healthcheck"]["test"][-1] == "http://127.0.0.1:8080/five/healthz"
    assert prefixed["app"]["environment"]["FIVEBYFIVE_ROOT_PATH"] == "/five"
    assert "/healthz" in {getattr(route, "path", "") for route in create_app(Settings()).routes}


def test_the_environment_is_settings_with_values_that_they_may_have(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert set(services["app"]["environment"]) <= known | {"OPENBLAS_CORETYPE"}
    assert set(re.findall(rf"{ENVIRONMENT_PREFIX}[A-Z_]+", FILE.read_text("utf-8"))) <= known
    for name, value in services["app"]["environment"].items():
        monkeypatch.setenv(name, str(value))
    assert Settings().compute_threads == services["app"]["cpus"] - 1


def test_the_service_has_the_time_that_it_needs_to_drain(services: dict[str, Any]) -> None:
    seconds = int(services["app"]["stop_grace_period"].removesuffix("s"))
    assert seconds > STOP_SECONDS


def test_the_image_runs_as_the_user_that_it_is_built_for(services: dict[str, Any]) -> None:
    assert f"USER {services['app']['user']}\n" in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_port_and_the_image_may_be_chosen() -> None:
    services = read(PORT="80", IMAGE="registry.example.org/fivebyfive:0.1.0")["services"]
    assert services["proxy"]["ports"] == ["80:8080"]
    assert services["app"]["image"] == "registry.example.org/fivebyfive:0.1.0"
