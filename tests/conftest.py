"""A real server in a process of its own, for every test that needs one.

`server` is one server for the whole session. `make_server` starts others, with an environment of their own, and gives
the means to stop, kill and restart them on the same port. Browser tests run last, because Playwright's loop owns the
main thread while it is up.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("no deadline", deadline=None)  # a busy machine makes an example slow now and then
hypothesis.settings.load_profile("no deadline")

START_SECONDS = 60.0  # a start takes 2 s, and ten times as long beside other work
STOP_SECONDS = 10.0
ROOT = Path(__file__).resolve().parents[1]
COMMAND = (sys.executable, "-m", "app")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "browser" in item.path.parent.parts)  # a stable sort: nothing else moves


class Server:
    """The command `fivebyfive` on a port of loopback."""

    def __init__(self, log: Path, environment: Mapping[str, str], command: Sequence[str | Path], folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("FIVEBYFIVE_")} | dict(environment)
        self._command = [*map(str, command), "--port", str(self.port)]
        self._folder = folder

    def start(self) -> None:
        """Start, and wait until /healthz answers. After `stop` or `kill`, the same port again."""
        assert self.process is None, "the server runs already"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self._folder, stdout=log, stderr=log, env=self._environment
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail(f"{' '.join(self._command)} did not start; it wrote:\n{self.written()}")
            time.sleep(0.02)

    def stop(self) -> int:
        """SIGTERM, as an orchestrator would; the exit code."""
        assert self.process is not None, "the server does not run"
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"the server did not obey SIGTERM within {STOP_SECONDS:g} s; it wrote:\n{self.written()}")
        self.process = None
        return code

    def kill(self) -> None:
        """SIGKILL: what a crash or a lost machine looks like."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def written(self) -> str:
        """All that the server wrote, for a failing test to show."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _healthy(self) -> bool:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as r,
        ):
            return bool(r.status == 200)
        return False


MakeServer = Callable[..., Server]


@pytest.fixture(scope="session")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """``make_server("--workers", "2", environment={"FIVEBYFIVE_LOG_LEVEL": "debug"})``: a started `Server`.

    It ends with the session at the latest.
    """
    folder = tmp_path_factory.mktemp("servers")
    made: list[Server] = []

    def make(
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str | Path] = COMMAND,
        cwd: Path = ROOT,
    ) -> Server:
        server = Server(folder / f"{len(made)}.log", environment or {}, [*command, *arguments], cwd)
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture(scope="session")
def server(make_server: MakeServer) -> Iterator[Server]:
    """The server that most tests share; they may not stop it. It must end as it was asked to, without a traceback."""
    shared = make_server()
    yield shared
    code = shared.stop()
    assert code == 0, f"the server ended with {code} after SIGTERM; it wrote:\n{shared.written()}"
    assert "Traceback" not in shared.written(), shared.written()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
