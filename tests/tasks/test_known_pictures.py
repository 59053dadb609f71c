"""Text of pictures is remembered as the settings say."""

from __future__ import annotations

from msgspec import structs

from mailcore.file_settings import FileCache
from mailcore.settings import Settings
from tasks.known_pictures import knowing_texts
from tests.workers.ocr.read import FakeRecognizer


def calls(settings: Settings) -> int:
    """How often the recognizer is asked about one picture that comes three times."""
    recognise = FakeRecognizer("words")
    known = knowing_texts(recognise, "eng", settings)
    assert [known(b"P5 picture", seconds=1.0) for _ in range(3)] == ["words"] * 3
    return len(recognise.pictures)


def test_without_redis_each_process_remembers() -> None:
    assert calls(Settings()) == 1


def test_nothing_is_remembered_where_that_is_switched_off() -> None:
    assert calls(structs.replace(Settings(), file_cache=FileCache(enabled=False))) == 3


def test_a_redis_that_is_away_changes_nothing() -> None:
    settings = Settings()
    away = structs.replace(settings.redis, broker="redis://127.0.0.1:1/0", timeout_seconds=0.1)
    assert calls(structs.replace(settings, redis=away)) == 1
