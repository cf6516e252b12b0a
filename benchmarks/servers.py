"""Servers in processes of their own, for the benchmarks that load them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


def free_port() -> int:
    """A port on loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Server:
    """A server that answers on loopback."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def resident_bytes(self) -> int:
        """Memory of the process and of its workers."""
        return sum(map(_resident_bytes, _with_children(self.process.pid)))

    def cpu_seconds(self) -> float:
        """Processor time that the process and its workers have taken."""
        return sum(map(_cpu_seconds, _with_children(self.process.pid)))


@contextmanager
def fivebyfive(*options: str, log: Path | None = None) -> Iterator[Server]:
    """The service as the command line starts it, with what it writes in the file `log`, until the block ends."""
    port = free_port()
    command = ["-m", "app", "--port", str(port), *options]
    with _running(command, port, log) as server:
        yield server


@contextmanager
def uvicorn(app: str) -> Iterator[Server]:
    """An application under uvicorn with the options of `app.cli`."""
    port = free_port()
    command = ["-m", "uvicorn", app, "--port", str(port), "--loop", "auto", "--http", "auto", "--ws", "none"]
    command += ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    with _running(command, port, None) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], port: int, log: Path | None) -> Iterator[Server]:
    output = log.open("wb") if log else subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    server = Server(port, process)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(server: Server) -> None:
    """Return as soon as it answers anything."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
            return
        time.sleep(0.02)
    raise SystemExit(f"the server did not start: {server.process.args}")


def busy_seconds() -> float:
    """Processor time that everything on this machine has taken."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, _words(Path("/proc/stat"))[1:11])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _with_children(pid: int) -> list[int]:
    """A process and all that it started."""
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _words(task / "children")]
    return [pid, *(inner for child in children for inner in _with_children(child))]


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def _resident_bytes(pid: int) -> int:
    return int(_words(Path(f"/proc/{pid}/statm"))[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu_seconds(pid: int) -> float:
    # The name, in brackets, may hold anything; the numbers come after it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
