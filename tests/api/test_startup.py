"""The command as an operator starts it: what it says about the environment and the port."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from app.settings import unknown_settings
from tests.conftest import COMMAND, ROOT, MakeServer


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, which must come by itself."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=30
    )


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_occupied_port_ends_the_start_with_one_line_and_no_banner(occupied: int, workers: str) -> None:
    done = start("--port", str(occupied), "--workers", workers)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"fivebyfive: cannot listen on 127.0.0.1:{occupied}: Address already in use\n"


def test_unknown_host_ends_the_start_with_one_line() -> None:
    done = start("--host", "nowhere.invalid")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("fivebyfive: cannot listen on nowhere.invalid:8000: ")


def test_banner_names_the_address_and_an_unknown_variable_is_warned_of(make_server: MakeServer) -> None:
    server = make_server(environment={"FIVEBYFIVE_PRT": "9", "FIVEBYFIVE_SERVICE_HOST": "10.0.0.1"})
    url = f"http://127.0.0.1:{server.port}/"
    assert f"Five by Five: {url} (API docs: {url}docs)" in server.written()
    [warning] = [line for line in server.written().splitlines() if "WARNING" in line]
    assert warning.endswith("FIVEBYFIVE_PRT is no setting and has no effect; did you mean FIVEBYFIVE_PORT?")
    assert server.stop() == 0


def test_unknown_variables_are_distinguished_from_settings_and_service_links() -> None:
    service_links = {
        "FIVEBYFIVE_SERVICE_HOST": "10.0.0.1",
        "FIVEBYFIVE_SERVICE_PORT": "80",
        "FIVEBYFIVE_SERVICE_PORT_HTTP": "80",
        "FIVEBYFIVE_PORT_80_TCP": "tcp://10.0.0.1:80",
        "FIVEBYFIVE_PORT_80_TCP_PROTO": "tcp",
        "FIVEBYFIVE_PORT_80_TCP_ADDR": "10.0.0.1",
        "FIVEBYFIVE_CANARY_PORT": "tcp://10.0.0.2:80",
        "FIVEBYFIVE_CANARY_SERVICE_HOST": "10.0.0.2",
    }
    settings = {"FIVEBYFIVE_PORT": "9000", "fivebyfive_host": "0.0.0.0", "PATH": "/bin", "FIVEBYFIVE_VENV": ".venv"}  # noqa: S104
    assert list(unknown_settings(service_links | settings)) == []
    assert list(unknown_settings({"FIVEBYFIVE_HTTP_PORT": "80", "FIVEBYFIVE_QQ": "", "fivebyfive_wrokers": "2"})) == [
        "FIVEBYFIVE_HTTP_PORT is no setting and has no effect; did you mean FIVEBYFIVE_PORT?",
        "FIVEBYFIVE_QQ is no setting and has no effect",
        "fivebyfive_wrokers is no setting and has no effect; did you mean FIVEBYFIVE_WORKERS?",
    ]


def test_service_link_given_as_port_is_explained() -> None:
    done = start(FIVEBYFIVE_PORT="tcp://10.0.0.1:80")
    assert done.returncode == 2
    assert "FIVEBYFIVE_PORT='tcp://10.0.0.1:80'" in done.stderr
    assert "enableServiceLinks: false" in done.stderr
