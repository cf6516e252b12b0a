"""The command ``fivebyfive``: run the server."""

import argparse
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from pydantic import ValidationError
from uvicorn.supervisors import Multiprocess

from . import __version__
from .settings import ENVIRONMENT_PREFIX, Settings, listed
from .telemetry.logging import log_config

_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_SECONDS_TO_FINISH = 5
_COULD_NOT_START = 3
"""Exit code of a server that did not start; also uvicorn's."""


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fivebyfive", description="Serve Five by Five: the page and its API.")
    parser.add_argument("--host", default=settings.host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=settings.port, help="port to listen on (%(default)s)")
    parser.add_argument("--workers", type=int, default=settings.workers, help="server processes (%(default)s)")
    parser.add_argument("--log-level", default=settings.log_level, help="least serious message logged (%(default)s)")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _settings(**given: object) -> Settings:
    """Return the settings of the environment and `given`, or exit with a line for each that is invalid."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        for details in error.errors():
            name = str(details["loc"][0])
            source = f"--{name.replace('_', '-')}" if name in given else f"{ENVIRONMENT_PREFIX}{name.upper()}"
            message = details["msg"].removeprefix("Value error, ")
            print(f"fivebyfive: {source}={details['input']!r}: {message}", file=sys.stderr)
        sys.exit(2)


def _let_open_files(count: int) -> None:
    """Raise the soft limit on open files, connections included, as far as allowed; Windows has no such limit."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bind(host: str, port: int) -> list[socket.socket]:
    """Bind every address of `host`, or exit with one line that names the address and the port.

    The command binds them and not uvicorn, so that a port that another process has is found before anything is loaded
    or logged. Nothing listens before the application has started: until then connections are refused, and a load
    balancer asks another replica.
    """
    bound: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            listener = socket.socket(family, kind, protocol)
            bound.append(listener)
            if os.name == "posix":  # elsewhere this option lets two processes share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.set_inheritable(True)
    except OSError as error:
        for listener in bound:
            listener.close()
        print(f"fivebyfive: cannot listen on {_authority(host, port)}: {error.strerror}", file=sys.stderr)
        sys.exit(_COULD_NOT_START)
    return bound


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def _shared_metrics(settings: Settings) -> Iterator[None]:
    """If there are several workers, provide a directory for their shared metrics while they run."""
    if not settings.metrics or settings.workers == 1:
        yield
        return
    try:
        directory = tempfile.TemporaryDirectory(prefix="fivebyfive-metrics-")
    except OSError as error:
        print(
            f"fivebyfive: {ENVIRONMENT_PREFIX}METRICS=true: the metrics of several workers need a directory for "
            f"temporary files that can be written to ({error}); mount one at /tmp, or set it to false",
            file=sys.stderr,
        )
        sys.exit(2)
    with directory as path:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = path  # read when the workers load prometheus-client
        yield


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal ends the process."""
    settings = _settings(**vars(_parser(_settings()).parse_args(arguments)))
    # With small matrices on many workers, threads inside BLAS would compete for the cores. Set before numpy is loaded.
    for name in _BLAS_THREADS:
        os.environ.setdefault(name, "1")
    _let_open_files(settings.max_connections + 100)
    # After its shutdown the server raises the signal again for the handler that was installed before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _shared_metrics(settings):
        listeners = _bind(settings.host, settings.port)
        config = uvicorn.Config(
            f"{__package__}.main:create_app",
            factory=True,
            workers=settings.workers,
            root_path=settings.root_path,
            log_config=log_config(settings.log_format, settings.log_level),
            log_level=settings.log_level,
            loop="auto",
            http=f"{__package__}.server.protocol:LimitedHttpProtocol",  # by name, because importing it loads numpy
            timeout_keep_alive=settings.keep_alive_timeout,
            ws="none",
            lifespan="on",  # its state is passed to the protocol
            access_log=False,  # app.middleware.access_log replaces it
            proxy_headers=bool(listed(settings.trusted_proxies)),
            forwarded_allow_ips=listed(settings.trusted_proxies),
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        url = f"http://{_authority(settings.host, listeners[0].getsockname()[1])}{settings.root_path}/"
        logging.getLogger("fivebyfive").info("Five by Five: %s (API docs: %sdocs)", url, url)
        with suppress(KeyboardInterrupt):
            if settings.workers > 1:
                Multiprocess(config, sockets=listeners).run()
            else:
                uvicorn.Server(config).run(sockets=listeners)
