"""Logging of every process: one event a line, with fields, and never a secret among them."""

import logging
import logging.config
import re
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# The key formats of all products, bearer headers and JSON web tokens, wherever in a line they turn up.
_SECRET = re.compile(
    r"(fluxly_live_|flx_live_|fluxme_live_|flx_[0-9a-z]{8}_)[0-9A-Za-z]{8,}"
    r"|(?i:(bearer|basic)\s+)[^\s\"',]{8,}"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"
)


def _cut(match: re.Match[str]) -> str:
    return (match.group(1) or match.group(2) or "") + "[cut]"


def _cut_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace anything that looks like a credential, also inside tracebacks and other libraries' lines."""
    return {name: _SECRET.sub(_cut, value) if isinstance(value, str) else value for name, value in event.items()}


def configure(*, level: str, json_lines: bool) -> None:
    """Send structlog and the standard library's loggers through one formatter to standard error.

    level: a name of the logging module. json_lines: JSON for machines, coloured text for people.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if json_lines:
        ending += [structlog.processors.format_exc_info, _cut_secrets, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ending += [structlog.processors.format_exc_info, _cut_secrets, plain]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "events": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": ending,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Django repeats every refusal that the request line already tells.
                "django.request": {"level": "CRITICAL"},
                "django.security": {"level": "ERROR"},
                "django.server": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
