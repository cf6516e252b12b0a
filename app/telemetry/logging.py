"""How log lines look: one JSON object each for machines, or text for a person. Ours and the server's alike."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.orjson import OrjsonFormatter

from .request_context import current_account

LINES: Final = "lines"
"""A record may stand for many lines of one message: this attribute then holds the time and the arguments of each.

Most of what a line costs is its record, its way through the handlers, and the write; so many lines share those.
"""

# What no line of ours tells need not be found out for every line (the Logging HOWTO, "Optimization").
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class _ManyLines(logging.Formatter):
    """A formatter that writes all the lines that a record stands for."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, however many lines it stands for."""
        if not hasattr(record, LINES):
            return super().format(record)
        written = []
        for created, arguments in getattr(record, LINES):
            record.created, record.msecs, record.args = created, created % 1 * 1_000, arguments
            written.append(super().format(record))
        return "\n".join(written)


class JsonFormatter(_ManyLines, OrjsonFormatter):
    """Time, level, logger, message, the request's id where there is a request, and the message's named arguments."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put what `record` tells into `log_data`; `message_dict` is the trace of an exception, if there is one."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC)
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["message"] = record.message
        account = current_account()
        if account is not None:
            log_data["request_id"] = account.id
        if isinstance(record.args, Mapping):
            log_data.update(record.args)
        log_data.update(message_dict)


class TextFormatter(_ManyLines):
    """A line to read; from warnings on with the request's id, by which the caller may ask about it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without a trace."""
        account = current_account()
        about = f" (request {account.id})" if account is not None and record.levelno >= logging.WARNING else ""
        return super().formatMessage(record) + about


def log_config(log_format: str, log_level: str) -> dict[str, Any]:
    """What `logging.config.dictConfig` makes of it: every line of this process on its standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": f"{__name__}.JsonFormatter"},
            "text": {"()": f"{__name__}.TextFormatter", "fmt": "%(asctime)s %(levelname)-8s %(message)s"},
        },
        "handlers": {
            "output": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": log_format}
        },
        "root": {"handlers": ["output"], "level": log_level.upper()},
    }
