"""Text that is recognised once: what is remembered, and what must not be."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from mailio.remembered_text import RememberedText
from tests.workers.ocr.read import FakeRecognizer


class DictMemory:
    """Implements `mailcore.ports.Memory`; `lost` keeps nothing."""

    def __init__(self, *, lost: bool = False) -> None:
        self.values: dict[bytes, bytes] = {}
        self._lost = lost

    def find(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {key: self.values[key] for key in keys if key in self.values}

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        assert seconds > 0
        if not self._lost:
            self.values.update(values)


def test_a_picture_is_recognised_once() -> None:
    recognise = FakeRecognizer("Grüße\nfrom us")
    remembered = RememberedText(recognise=recognise, memory=DictMemory(), version="1")
    assert [remembered(b"P5 picture", seconds=1.0) for _ in range(3)] == ["Grüße\nfrom us"] * 3
    assert len(recognise.pictures) == 1


def test_no_text_is_remembered_too() -> None:
    recognise = FakeRecognizer("")
    remembered = RememberedText(recognise=recognise, memory=DictMemory(), version="1")
    assert [remembered(b"a logo", seconds=1.0) for _ in range(2)] == ["", ""]
    assert len(recognise.pictures) == 1


def test_another_picture_is_another_text() -> None:
    recognise = FakeRecognizer("text")
    remembered = RememberedText(recognise=recognise, memory=DictMemory(), version="1")
    for picture in (b"P5 a", b"P5 b", b"P5 a "):
        remembered(picture, seconds=1.0)
    assert len(recognise.pictures) == 3


def test_another_version_remembers_nothing() -> None:
    recognise, memory = FakeRecognizer("text"), DictMemory()
    for version in ("eng", "eng+deu"):
        RememberedText(recognise=recognise, memory=memory, version=version)(b"P5", seconds=1.0)
    assert len(recognise.pictures) == 2


def test_without_its_memory_everything_is_recognised() -> None:
    recognise = FakeRecognizer("text")
    remembered = RememberedText(recognise=recognise, memory=DictMemory(lost=True), version="1")
    assert [remembered(b"P5", seconds=1.0) for _ in range(2)] == ["text", "text"]
    assert len(recognise.pictures) == 2


@pytest.mark.parametrize("error", [TimeoutError("late"), OSError("no Tesseract"), ValueError("no picture")])
def test_failures_are_not_remembered(error: Exception) -> None:
    memory = DictMemory()
    remembered = RememberedText(recognise=FakeRecognizer(error=error), memory=memory, version="1")
    for _ in range(2):
        with pytest.raises(type(error)):
            remembered(b"P5", seconds=1.0)
    assert memory.values == {}
