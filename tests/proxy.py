"""nginx in front of servers, as deploy/nginx.conf has it; `as_tested` lists what a test must change, and no more."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import free_port

DEPLOYED = Path(__file__).parents[1] / "deploy" / "nginx.conf"
PREFIX = "/five"
SERVED_BY = "X-Served-By"
"""The header in which a reply through the proxy says which replicas were asked; the last one answered."""
START_SECONDS = 10.0
STOP_SECONDS = 5.0


def nginx() -> str:
    """The command."""
    candidates = (os.environ.get("NGINX_BINARY", "nginx"), "/usr/sbin/nginx")
    found = next(filter(None, map(shutil.which, candidates)), None)
    if not found:
        pytest.fail(
            "no nginx: install one (Debian: apt-get install nginx) or set NGINX_BINARY=/path/to/it; see scripts/test"
        )
    return found


def as_tested(text: str, listen: int, replicas: Sequence[int], folder: Path, prefix: str = "") -> str:
    """The configuration with ports of loopback instead of containers' names, and its files in `folder`."""
    at_root = "location / { proxy_pass http://replicas; }"
    changes = [
        ("listen 8080;", f"listen 127.0.0.1:{listen}; add_header {SERVED_BY} $upstream_addr always;"),
        ("server app:8000 resolve max_fails=0;", "".join(f"server 127.0.0.1:{r} max_fails=0; " for r in replicas)),
        ("pid /tmp/nginx.pid;", f"pid {folder}/nginx.pid;"),
        *((f"_path /tmp/nginx-{name};", f"_path {folder}/{name};") for name in ("body", "proxy")),
    ]
    if prefix:
        changes += [
            ('map "" $root_path { default ""; }', f'map "" $root_path {{ default "{prefix}"; }}'),
            (f"        {at_root}\n", ""),
            (f"# location {prefix}/ {{", f"location {prefix}/ {{"),
        ]
    for deployed, changed in changes:
        assert text.count(deployed) == 1, f"{DEPLOYED} says {deployed!r} {text.count(deployed)} times, not once"
        text = text.replace(deployed, changed)
    return text.replace("/tmp/nginx-unused", f"{folder}/unused")  # noqa: S108 - what stands in the file


def port_served_by(header: str) -> int:
    """The port of the replica that a reply's `SERVED_BY` says it came from."""
    return int(header.rpartition(":")[2])


class Replica(Protocol):
    port: int


class Proxy:
    """nginx before `replicas`, at `url`, which holds the prefix if there is one."""

    def __init__(
        self, folder: Path, replicas: Sequence[Replica], prefix: str = "", changes: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}{prefix}"
        self.log = folder / "nginx.log"
        self._file = folder / "nginx.conf"
        ports = [replica.port for replica in replicas]
        text = as_tested(DEPLOYED.read_text("utf-8"), self._port, ports, folder, prefix)
        for deployed, changed in changes:
            assert text.count(deployed) == 1, f"{DEPLOYED} says {deployed!r} {text.count(deployed)} times, not once"
            text = text.replace(deployed, changed)
        self._file.write_text(text, "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *more: str) -> list[str]:
        """Nginx with this configuration."""
        # As root it would hand its work to another user, who cannot enter a test's folder.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        return [nginx(), "-p", str(self._file.parent), "-c", str(self._file), "-e", "stderr", *user, *more]

    def start(self) -> None:
        """Start, and wait until it listens."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"nginx did not start; it wrote:\n{self.log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGTERM: at once."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


MakeProxy = Callable[..., Proxy]


@pytest.fixture(scope="session")
def make_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeProxy]:
    """``make_proxy(replica, other_replica, prefix="/five")``: a started `Proxy`. It ends with the session."""
    made: list[Proxy] = []

    def make(*replicas: Replica, prefix: str = "", changes: Iterable[tuple[str, str]] = ()) -> Proxy:
        proxy = Proxy(tmp_path_factory.mktemp("nginx"), replicas, prefix, changes)
        made.append(proxy)
        proxy.start()
        return proxy

    yield make
    for proxy in made:
        proxy.stop()
