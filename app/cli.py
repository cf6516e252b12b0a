"""The command ``fivebyfive``: serve."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from pydantic import ValidationError

from . import __version__
from .logs import log_config
from .settings import ENVIRONMENT_PREFIX, Settings, listed

_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_SECONDS_TO_FINISH = 5


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fivebyfive", description="Serve Five by Five: the page and its API.")
    parser.add_argument("--host", default=settings.host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=settings.port, help="port to listen on (%(default)s)")
    parser.add_argument("--workers", type=int, default=settings.workers, help="server processes (%(default)s)")
    parser.add_argument("--log-level", default=settings.log_level, help="least serious message logged (%(default)s)")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def _settings(**given: object) -> Settings:
    """Settings from the environment and `given`, or an end with one line for each that is wrong."""
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
    """Raise the soft limit on open files, which a connection is too, as far as the system lets; Windows has none."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _shared_metrics(settings: Settings) -> Iterator[None]:
    """Where there are several workers, a directory in which they add up their metrics, for as long as they run."""
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
    """Serve until told to stop."""
    settings = _settings(**vars(_parser(_settings()).parse_args(arguments)))
    # Small matrices on many workers: threads inside BLAS would only fight over the cores. Set before numpy is loaded.
    for name in _BLAS_THREADS:
        os.environ.setdefault(name, "1")
    _let_open_files(settings.connections + 100)
    # The server finishes its work when it is told to end, and then sends the signal again to whoever handled it before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if settings.log_format == "text":
        print(f"Five by Five: http://{host}:{settings.port}{settings.root_path}/  (API docs: docs)", flush=True)
    with _shared_metrics(settings):
        uvicorn.run(
            f"{__package__}.main:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            root_path=settings.root_path,
            log_config=log_config(settings.log_format, settings.log_level),
            log_level=settings.log_level,
            loop="auto",
            http=f"{__package__}.server.protocol:LimitedHttpProtocol",  # by its name: it loads numpy
            timeout_keep_alive=settings.idle_seconds,
            ws="none",
            access_log=False,  # app.api.observe tells more
            proxy_headers=True,
            forwarded_allow_ips=listed(settings.trusted_proxies),
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
