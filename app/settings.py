"""Settings: every ``FIVEBYFIVE_*`` environment variable with its default and bounds."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from .schemas.limits import Limits

ENVIRONMENT_PREFIX = "FIVEBYFIVE_"


_is_service_link: Final = re.compile(
    r"(\w+_)?(SERVICE_HOST=|SERVICE_PORT(_\w+)?=|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=|PORT=\w+://).*",
    re.DOTALL,
).fullmatch
"""Matches variables that Kubernetes sets for a Service called fivebyfive or fivebyfive-something."""
_OF_SCRIPTS: Final = frozenset({"VENV"})


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield one line for each ``FIVEBYFIVE_*`` variable that is no setting, with the setting that it resembles."""
    known = {name.upper() for name in Settings.model_fields}
    for variable, value in sorted(environment.items()):
        prefix, name = variable[: len(ENVIRONMENT_PREFIX)].upper(), variable[len(ENVIRONMENT_PREFIX) :].upper()
        if prefix != ENVIRONMENT_PREFIX or name in known | _OF_SCRIPTS or _is_service_link(f"{name}={value}"):
            continue
        similar = get_close_matches(name, known, n=1)
        hint = f"; did you mean {ENVIRONMENT_PREFIX}{similar[0]}?" if similar else ""
        yield f"{variable} is no setting and has no effect{hint}"


def listed(text: str) -> list[str]:
    """Return the parts of a setting that is a list, separated by commas or spaces."""
    return text.replace(",", " ").split()


def _each(fits: Callable[[str], object], allowed: str) -> AfterValidator:
    """Return a validator that checks every part of a list."""

    def check(text: str) -> str:
        for part in listed(text):
            if not fits(part):
                raise ValueError(f"{part!r} is not {allowed}")
        return text

    return AfterValidator(check)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_rate(text: str) -> str:
    if text and not re.fullmatch(r"[1-9]\d{0,8}/(second|minute|hour|day)", text):
        raise ValueError("write a number of calls and second, minute, hour or day, such as 120/minute")
    return text


def _not_a_service_link(value: object) -> object:
    """Explain where ``FIVEBYFIVE_PORT=tcp://10.0.0.1:80`` comes from if Kubernetes has set it."""
    if isinstance(value, str) and "://" in value:
        raise ValueError(
            "Kubernetes sets this variable for a Service called fivebyfive; "
            "write enableServiceLinks: false into the pod's spec"
        )
    return value


def _with_their_quotes(sources: str) -> str:
    """Reject self and none without quotes: a shell removes them, and without them these are host names."""
    for word in ("self", "none"):
        if word in listed(sources):
            raise ValueError(f"""the single quotes of '{word}' are part of the value; in a shell, write "'{word}'\"""")
    return sources


def _not_none_and_others(sources: str) -> str:
    if not listed(sources) or ("'none'" in sources and sources != "'none'"):
        raise ValueError("name at least one source; 'none' stands alone")
    return sources


_HOST: Final = r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]"
_is_host: Final = re.compile(rf"\*|{_HOST}").fullmatch
# Exactly as browsers write it, because it is compared as text.
_is_origin: Final = re.compile(
    r"\*|(?!http://[^/]*:80$|https://[^/]*:443$)https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?"
).fullmatch
_is_frame_source: Final = re.compile(rf"'self'|'none'|\*|https?:|https?://({_HOST})(:(\d{{1,5}}|\*))?").fullmatch


class Settings(BaseSettings, Limits):
    """Options and limits of the service; ``FIVEBYFIVE_PORT=9000`` sets ``port``."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: Annotated[int, BeforeValidator(_not_a_service_link)] = Field(
        default=8000, ge=0, le=65_535, description="Port to listen on; 0 takes any free one."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Server processes.")
    log_level: Literal["critical", "error", "warning", "info", "debug"] = Field(
        default="info", description="Least serious message that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for a person, or one JSON object each; the container image sets json."
    )
    metrics: bool = Field(default=True, description="Whether GET /metrics serves metrics for Prometheus.")
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path prefix under which a proxy serves this service, such as /five.",
    )
    trusted_proxies: Annotated[str, _each(_is_network, "an address or a network such as 10.0.0.0/8")] = Field(
        default="",
        description="Addresses and networks of proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto are trusted; empty for none.",
    )
    rate_limit: Annotated[str, AfterValidator(_is_rate)] = Field(
        default="",
        description="Calls of the API that one client address may make of each process, such as 120/minute; empty "
        "for no limit. A call counts once more for every 100 million multiply-adds of its work (20 ms of a core).",
    )
    frame_ancestors: Annotated[
        str,
        AfterValidator(_with_their_quotes),
        _each(_is_frame_source, "'self', 'none', *, https: or an origin such as https://lms.example"),
        AfterValidator(_not_none_and_others),
        AfterValidator(lambda text: " ".join(listed(text))),
    ] = Field(
        default="'self'",
        description="Sites that may show the pages in a frame, as Content-Security-Policy writes it: 'self', 'none' "
        "(with these quotes), or origins such as https://lms.example.",
    )
    cors_origins: Annotated[str, _each(_is_origin, "* or an origin such as https://lms.example")] = Field(
        default="", description="Origins, separated by commas, whose pages may call the API from a browser; * for all."
    )
    allowed_hosts: Annotated[str, _each(_is_host, "* or a host such as five.example or *.example")] = Field(
        default="*",
        min_length=1,
        description="Names, separated by commas, under which the service answers; * for any. /healthz, /readyz and "
        "/metrics answer under every name.",
    )
    share_by_address: bool = Field(
        default=True,
        description="Whether client addresses get equal shares of slots, queues and memory when they compete. Behind a "
        "proxy set trusted_proxies, or all clients look like one; people behind one NAT address share one share.",
    )
    compute_threads: int = Field(
        default=max(1, (os.cpu_count() or 1) - 1),
        ge=1,
        le=64,
        description="Slots for requests that are too expensive to run inline; one core is left for everything else.",
    )
    compute_queue: int = Field(
        default=32, ge=0, le=65_536, description="Such requests that may wait for a slot; more get a 503."
    )
    inline_multiply_adds: int = Field(
        default=6_000_000,
        ge=0,
        description="Requests estimated below this are answered on the event loop (within about a millisecond).",
    )
    inline_body_bytes: int = Field(
        default=32_768,
        ge=0,
        description="Bodies up to this length, of up to 400 lists and objects, are parsed on the event loop.",
    )
    training_threads: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Threads that run training. Small networks spend their time in Python, which runs one "
        "thread at a time, so more help only with large ones; for more cores there are workers.",
    )
    max_concurrent_trainings: int = Field(
        default=8, ge=1, le=1_024, description="Training runs at once; they share the threads slice by slice."
    )
    max_queued_trainings: int = Field(
        default=64, ge=0, le=65_536, description="Training runs that may wait for a slot; more get a 503."
    )
    shutdown_delay: float = Field(
        default=0,
        ge=0,
        le=4,
        description="Seconds to keep serving after SIGTERM while /readyz returns 503, so that load balancers can "
        "drain this replica.",
    )
    max_connections: int = Field(
        default=4_096,
        ge=1,
        le=1_000_000,
        description="Connections at once. Where the limit is reached, the client address with the most connections "
        "loses the one that has waited longest without a complete request; while all are busy, a new connection gets "
        "a 503.",
    )
    request_timeout: float = Field(
        default=30,
        gt=0,
        le=3_600,
        description="Seconds in which a request must arrive in full; a slower one gets a 408.",
    )
    keep_alive_timeout: int = Field(
        default=75, ge=1, le=3_600, description="Seconds after which a connection without a request is closed."
    )
    max_buffered_body_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1_024,
        description="Bytes of all bodies longer than inline_body_bytes that requests hold at once; more get a 503.",
    )
    max_buffered_response_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1,
        description="Bytes of all responses longer than 64 KiB that clients have not read yet; beyond it, expensive "
        "requests and further long responses get a 503.",
    )
    heartbeat_seconds: float = Field(
        default=10,
        gt=0,
        le=3_600,
        description="Seconds between heartbeats of a stream of events that has nothing to send.",
    )
    write_timeout: float = Field(
        default=30,
        gt=0,
        le=3_600,
        description="Write timeout in seconds: the connection is closed if the client reads nothing for this long.",
    )
