"""Every line is one line, says which message it is about, and holds no secret."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from mailcore.service_settings import Logging
from mailio.log_lines import configure_logging, without_secrets


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logging.captureWarnings(False)  # what other tests left: a second one would change nothing
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def configure(settings: Logging, stream: io.StringIO, component: str = "") -> None:
    configure_logging(level=settings.level, format=settings.format, component=component, stream=stream)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def written(settings: Logging, /, level: str = "warning", event: str = "x", **values: Any) -> str:
    stream = io.StringIO()
    configure(settings, stream)
    getattr(structlog.get_logger("mailchord.test"), level)(event, **values)
    return stream.getvalue()


JSON = Logging(level="info", format="json")
TEXT = Logging(level="info", format="text")


def test_a_json_line_has_time_level_logger_event_and_id_in_this_order() -> None:
    line = written(JSON, "error", "dead letter", id="m-1", attempts=2, share=0.5)

    assert line.count("\n") == 1
    values = json.loads(line)
    assert list(values)[:4] == ["timestamp", "level", "logger", "event"]
    assert values["timestamp"].endswith("Z")
    assert {name: values[name] for name in list(values)[1:]} == {
        "level": "error",
        "logger": "mailchord.test",
        "event": "dead letter",
        "id": "m-1",
        "attempts": 2,
        "share": 0.5,
    }


def test_a_text_line_can_be_read_by_people() -> None:
    line = written(TEXT, "warning", "late verdict", id="m-1", reason='It says "now"', score=9.5, empty="")

    assert line.split(" ", 1)[1] == (
        'warning mailchord.test: late verdict id=m-1 reason="It says \\"now\\"" score=9.5 empty=""\n'
    )


@pytest.mark.parametrize("settings", [JSON, TEXT], ids=["json", "text"])
@pytest.mark.parametrize("hostile", ["a\r\nforged line", "\x1b[31mred", "\u202egnp.exe", "\ud800", "nul\x00"], ids=repr)
def test_mail_cannot_break_a_line(settings: Logging, hostile: str) -> None:
    for line in (written(settings, event=hostile), written(settings, subject=hostile)):
        assert line.count("\n") == 1
        assert line[:-1].isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:password@host/0", "redis://***@host/0"),
        ("redis://user:p@ss@host:6379/0", "redis://***@host:6379/0"),
        ("Error 111 connecting to rediss://:geheim@h:1.", "Error 111 connecting to rediss://***@h:1."),
        ("two: amqp://a:b@c//, redis://:d@e/1", "two: amqp://***@c//, redis://***@e/1"),
        ("unix:///run/redis.sock?db=1&password=geheim&x=1", "unix:///run/redis.sock?db=1&password=***&x=1"),
    ],
)
def test_secrets_in_urls_are_not_written(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice@example.com",
        "redis://host:6379/0",
        "unix:///run/redis.sock?db=1",
        "https://example.com/a@b",  # the @ is in the path: no user info
        "see https://example.com and write to alice@example.com",
        "password=is a word in a mail, no query of a URL",
    ],
)
def test_what_holds_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "values",
    [
        {"url": "redis://:geheim@host/0"},
        {"event": "cannot reach redis://:geheim@host/0"},
        {"urls": ["redis://:geheim@host/0"]},
        {"settings": {"redis": {"broker": "redis://:geheim@host/0"}}},
        {"settings": {"redis": {"password": "geheim"}}},
        {"token": "geheim"},
        {"error": ValueError("redis://:geheim@host/0")},
        {"raw": b"redis://:geheim@host/0"},
        {"deep": [[[[[["redis://:geheim@host/0"]]]]]]},
    ],
    ids=str,
)
@pytest.mark.parametrize("settings", [JSON, TEXT], ids=["json", "text"])
def test_no_secret_in_any_value(settings: Logging, values: dict[str, Any]) -> None:
    line = written(settings, **values)

    assert "geheim" not in line
    assert "***" in line


def test_tracebacks_are_part_of_the_line_and_hold_no_secret() -> None:
    stream = io.StringIO()
    configure(JSON, stream)
    try:
        raise OSError("cannot reach redis://:geheim@host/0")
    except OSError:
        structlog.get_logger("a").exception("failed")
        logging.getLogger("b").exception("failed")

    ours, foreign = lines(stream)

    assert ours["exception"].endswith("OSError: cannot reach redis://***@host/0")
    assert foreign["exception"].endswith("OSError: cannot reach redis://***@host/0")
    assert "geheim" not in stream.getvalue()


def test_every_line_names_its_process() -> None:
    stream = io.StringIO()
    configure(JSON, stream, component="front")
    structlog.get_logger("a").info("ours")
    logging.getLogger("b").info("theirs")

    assert [line["component"] for line in lines(stream)] == ["front", "front"]


def test_an_indented_traceback_follows_a_text_line() -> None:
    stream = io.StringIO()
    configure(TEXT, stream)
    try:
        raise OSError("one\ntwo")
    except OSError:
        structlog.get_logger("a").exception("failed")

    first, *rest = stream.getvalue().splitlines()

    assert first.endswith("error a: failed")
    assert all(line.startswith("    ") for line in rest)


def test_libraries_write_the_same_form() -> None:
    stream = io.StringIO()
    configure(JSON, stream)

    logging.getLogger("celery.worker").info("Connected to %s", "redis://:geheim@host/0")

    (line,) = lines(stream)
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert (line["level"], line["logger"], line["event"]) == (
        "info",
        "celery.worker",
        "Connected to redis://***@host/0",
    )
    assert "_record" not in line


@pytest.mark.parametrize(
    ("configured", "written_levels"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_levels(configured: str, written_levels: list[str]) -> None:
    stream = io.StringIO()
    log = structlog.get_logger("made before")
    configure(Logging(level="info"), io.StringIO())
    configure(Logging(level=configured), stream)
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)("ours")
        getattr(logging.getLogger("library"), level)("theirs")

    assert [line["level"] for line in lines(stream)] == [each for each in written_levels for _ in range(2)]


def test_a_line_a_task_is_not_written_unless_asked_for() -> None:
    stream = io.StringIO()
    configure(JSON, stream)
    logging.getLogger("celery.app.trace").info("Task intake[m-1] succeeded in 0.004s: None")
    assert stream.getvalue() == ""

    configure(Logging(level="debug"), stream)
    logging.getLogger("celery.app.trace").info("Task intake[m-1] succeeded in 0.004s: None")
    assert len(lines(stream)) == 1


def test_warnings_are_log_lines() -> None:
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure(JSON, stream)
        warnings.warn("old", UserWarning, stacklevel=1)

    assert lines(stream)[0]["logger"] == "py.warnings"


def test_values_are_bounded() -> None:
    assert len(written(JSON, quote="x" * 1_000_000)) < 20_000


def test_numbers_that_json_lacks_are_text() -> None:
    assert json.loads(written(JSON, score=float("nan")))["score"] == "nan"


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_log_stops_nobody() -> None:
    configure(JSON, Full())

    structlog.get_logger("a").error("lost")
