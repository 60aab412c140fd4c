"""Logging of every process: one event a line, with fields, and never a secret among them."""

import logging
import logging.config
import re
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# The key formats of all products, credentials in headers and URLs, JSON web tokens, wherever they turn up.
_SECRET = re.compile(
    r"(fluxly_live_|flx_live_|fluxme_live_|flx_[0-9a-z]{8}_)[0-9A-Za-z]{8,}"
    r"|((?i:bearer|basic)\s+|(?i:x-api-key)[\"']?\s*[:=]\s*[\"']?)[^\s\"',]{8,}"
    r"|(://[^/\s:@]*:)[^/\s@]+(?=@)"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"
)
# Under these names whatever stands there is cut: an imported key has no shape to know it by.
_SECRET_NAMES = frozenset({"authorization", "cookie", "set-cookie", "x-api-key", "password", "secret", "token"})
# Line ends and terminal controls: a path that a client sent must not begin a line of its own.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MANY_LINES = frozenset({"exception", "stack", "stack_info"})


def _cut(match: re.Match[str]) -> str:
    return (match.group(1) or match.group(2) or match.group(3) or "") + "[cut]"


def _without_secrets(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case dict():
            return {
                _without_secrets(str(name)): "[cut]"
                if str(name).lower() in _SECRET_NAMES
                else _without_secrets(item)
                for name, item in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_without_secrets(item) for item in value]
    return _SECRET.sub(_cut, value if isinstance(value, str) else repr(value))


def _cut_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace whatever looks like a credential, however deep, also in tracebacks and other libraries' lines."""
    cut: EventDict = _without_secrets(event)
    return cut


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write control characters as escapes, except where a traceback needs its lines."""
    return {
        name: _CONTROL.sub(lambda mark: mark[0].encode("unicode_escape").decode(), value)
        if isinstance(value, str) and name not in _MANY_LINES
        else value
        for name, value in event.items()
    }


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
        ending += [structlog.processors.format_exc_info, _cut_secrets, _one_line, plain]
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
                # The others write the addresses of their requests, and those of the Flux API may hold a key.
                **{name: {"level": "WARNING"} for name in ("django.server", "httpcore", "httpx")},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
