"""Log lines: one event a line, JSON or text, to standard error; libraries that use `logging` write the same form.

A line about a message carries its id as `id`, given in the call. Secrets in URLs never reach a line.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

# Names under which a value is a secret whatever it looks like.
SECRET_NAMES = frozenset({"password", "passwd", "secret", "token", "authorization", "api_key"})
REDACTED = "***"

# A quote from a hostile mail or a traceback must not fill the journal.
LONGEST_VALUE = 16_384
_DEEPEST = 4

# Everything between `://` and the last `@` of the authority; a URL has no bare slash there. Linear: a match attempt
# ends at the first slash, where the next one may begin.
_USER_INFO = re.compile(r"://[^\s/]*@")
_SECRET_IN_QUERY = re.compile(r"([?&](?:password|passwd|secret|token|api_key)=)[^&\s]+", re.IGNORECASE)

# One line for each task received and one for each task done: more than all of our own.
_CHATTY = ("celery.worker.strategy", "celery.app.trace", "kombu", "amqp", "PIL", "pdfminer", "oletools")

_FIRST_KEYS = ("timestamp", "level", "logger", "event")


def configure_logging(
    *,
    level: str,
    format: str,  # noqa: A002  # the name of the setting
    component: str = "",
    stream: TextIO | None = None,
) -> None:
    """Send every log line of this process to `stream` (standard error). Calling it again changes level and format.

    `level` and `format` are as in `mailcore.settings.Logging`; `component` names the process in every line.
    """
    out = stream or sys.stderr
    least = logging.getLevelNamesMapping()[level.upper()]

    def name_component(_logger: object, _method: str, event: EventDict) -> EventDict:
        if component:
            event.setdefault("component", component)
        return event

    shared: list[Processor] = [
        name_component,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    render = render_text if format == "text" else render_json
    structlog.configure(
        processors=[_add_name, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *args: _LineWriter(out, args[0] if args else "mailchord"),
        # Not cached: a reload changes the level of loggers that exist already.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(least if least <= logging.DEBUG else max(least, logging.WARNING))
    logging.captureWarnings(True)


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Take secrets out of every value, and bound it; values that are no plain data become text here."""
    return _plain_mapping(event, 0)


def _plain_mapping(values: Mapping[str, object], depth: int) -> dict[str, Any]:
    return {
        str(name): REDACTED if str(name).lower() in SECRET_NAMES else _plain(value, depth)
        for name, value in values.items()
    }


def _plain(value: object, depth: int) -> Any:
    """The value as JSON data without secrets. The record that `logging` hands along is taken out later."""
    if value is None or isinstance(value, bool | int | logging.LogRecord):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # JSON has no NaN
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return _plain_mapping(value, depth + 1)
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_plain(inner, depth + 1) for inner in value]
    return without_secrets(value if isinstance(value, str) else str(value))


def without_secrets(text: str) -> str:
    """`redis://:password@host/0` becomes `redis://***@host/0`; values of secret query parameters go as well."""
    if len(text) > LONGEST_VALUE:
        text = f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
    if "://" not in text:
        return text
    return _SECRET_IN_QUERY.sub(rf"\1{REDACTED}", _USER_INFO.sub(f"://{REDACTED}@", text))


def render_json(_logger: object, _method: str, event: EventDict) -> str:
    """One JSON object in ASCII: line breaks, control characters and broken text from mail are escaped."""
    names = dict.fromkeys((*(name for name in _FIRST_KEYS if name in event), *event))
    return json.dumps({name: event[name] for name in names})


def render_text(_logger: object, _method: str, event: EventDict) -> str:
    """`TIME LEVEL LOGGER: EVENT name=value ...`, one line; a traceback follows on lines of its own, indented."""
    time, level, logger, what = (_one_line(str(event.pop(name, ""))) for name in _FIRST_KEYS)
    traceback = str(event.pop("exception", ""))
    pairs = "".join(f" {name}={_quoted(value)}" for name, value in event.items())
    tail = "".join(f"\n    {_one_line(line)}" for line in traceback.splitlines())
    return f"{time} {level} {logger}: {what}{pairs}{tail}"


class _LineWriter:
    """What structlog calls a logger: writes finished lines, each in one piece."""

    __slots__ = ("_stream", "name")

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self.name = name

    def msg(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # The log is full, gone or closed. There is nowhere to say so, and mail must go on.
            return

    debug = info = warning = error = critical = exception = log = msg


def _add_name(logger: _LineWriter, _method: str, event: EventDict) -> EventDict:
    event["logger"] = logger.name
    return event


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text and text.isprintable() and not any(sign in text for sign in ' "='):
        return text
    return _one_line(json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text)
