"""Log lines: JSON for machines, coloured text for a terminal, with the request id in every one.

Lines of other libraries (gunicorn, SQLAlchemy) pass through the same formatter, so that one stream can be parsed.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

LogFormat = Literal["json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure(log_format: LogFormat = "json", level: LogLevel = "info", stream: TextIO | None = None) -> None:
    """Send all log lines of this process to `stream` (stderr by default). Call it once, when a process starts."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=_rendering(log_format))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def logger(name: str) -> FilteringBoundLogger:
    """Return the logger of one part: ``log = logger(__name__)``, then ``log.info("photo_ready", sku=sku)``."""
    found: FilteringBoundLogger = structlog.get_logger(name)
    return found


def begin_context(**values: str) -> None:
    """Put these values, and no earlier ones, into every line that this thread writes from here on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**values)


def add_context(**values: str) -> None:
    """Put these values too into every line that this thread writes from here on."""
    structlog.contextvars.bind_contextvars(**values)


def _rendering(log_format: LogFormat) -> list[Processor]:
    """The last steps: one line of JSON, or readable text. Tracebacks show no variables: those may hold keys."""
    if log_format == "console":
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, console]
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(),
    ]
