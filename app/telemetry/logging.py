"""Log formats for this service's lines and the server's: one JSON object a line for machines, or text for people."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.orjson import OrjsonFormatter

from .request_context import current_request_context

LINES: Final = "lines"
"""Attribute of a record that stands for many lines of one message: the time and the arguments of each line.

A line costs mostly its record, its way through the handlers, and the write; several lines share those.
"""

# No format uses these, so they need not be looked up for every line (the Logging HOWTO, "Optimization").
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class _ManyLines(logging.Formatter):
    """Writes every line that a record stands for."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
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
        """Add the fields of `record` to `log_data`; `message_dict` holds the traceback of an exception."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC)
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["message"] = record.message
        context = current_request_context()
        if context is not None:
            log_data["request_id"] = context.id
        if isinstance(record.args, Mapping):
            log_data.update(record.args)
        log_data.update(message_dict)


class TextFormatter(_ManyLines):
    """A line for people. Warnings and errors name the request's id, which the client knows too."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line without a traceback."""
        context = current_request_context()
        about = f" (request {context.id})" if context is not None and record.levelno >= logging.WARNING else ""
        return super().formatMessage(record) + about


def log_config(log_format: str, log_level: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`: write every line to standard output."""
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
