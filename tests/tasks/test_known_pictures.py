"""What was seen in pictures, and their text, is remembered as the settings say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec import structs

from mailcore.file_settings import FileCache
from mailcore.message import Envelope
from mailcore.settings import Settings
from mailcore.view import MailView
from tasks.known_pictures import knowing_pictures, knowing_texts
from tests import files, files_codes
from tests.workers.ocr.read import FakeRecognizer, message_of
from workers.ocr import build
from workers.pool import Gathered


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


def looks(settings: Settings) -> int:
    """How often pictures are looked at that come three times."""
    looked = 0
    pool = build(FakeRecognizer())

    def counting(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        nonlocal looked
        looked += 1
        return pool.gather(view, parts, seconds=seconds)

    knowing = knowing_pictures(structs.replace(pool, gather=counting), settings)
    picture = ("a.png", files.png(files_codes.code()))
    view = MailView(envelope=Envelope(), message=message_of(picture))
    found = [knowing.gather(view, {"1": picture[1]}, seconds=20.0).view.images for _ in range(3)]
    assert found[0][0].codes
    assert found == [found[0]] * 3
    return looked


@pytest.mark.parametrize(
    ("cache", "expected"),
    [
        pytest.param(FileCache(), 1, id="remembered"),
        pytest.param(FileCache(shared_entries=0), 1, id="in the process alone"),
        pytest.param(FileCache(enabled=False), 3, id="switched off"),
    ],
)
def test_pictures_are_looked_at_as_the_settings_say(cache: FileCache, expected: int) -> None:
    assert looks(structs.replace(Settings(), file_cache=cache)) == expected
