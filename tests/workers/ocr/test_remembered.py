"""The same pictures again are known, and only where they would show the same."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Mapping

import pytest
from msgspec import structs

from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.view import MailView
from tests import files, files_codes
from tests.mail import Attachment, mail
from tests.workers.dict_memory import DictMemory
from tests.workers.ocr.read import FakeRecognizer
from workers.ocr import ImageLimits, build
from workers.ocr.remembered import MOST_BYTES, remembering
from workers.pool import Gathered

LIMITS = ImageLimits()
CODE = files_codes.saved(files_codes.code(), "PNG")
OTHER_CODE = files_codes.saved(files_codes.code("https://other.example/"), "PNG")
LEFT, RIGHT = files_codes.halves()
PDF = files_codes.pdf()


class Setup:
    """A pool with a memory; `looked` counts the messages whose pictures were really looked at."""

    def __init__(self, limits: ImageLimits = LIMITS, recognise: FakeRecognizer | None = None) -> None:
        self.memory = DictMemory()
        self.looked = 0
        self.limits = limits
        self.pool = build(recognise or FakeRecognizer("words in a picture"), limits=limits)
        self.version = "eng 1"

    def see(self, raw: bytes, *, without: Iterable[str] = ()) -> Gathered:
        message = parse(raw, message_id="m")
        work = self.pool.work(message.message)
        parts = {part: message.decoded(part) for part in (work.parts if work else ()) if part not in without}
        gather = remembering(self._counted, self.memory, version=self.version, limits=self.limits, keep_seconds=60)
        return gather(MailView(envelope=Envelope(), message=message.message), parts, seconds=20.0)

    def _counted(self, view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        self.looked += 1
        return self.pool.gather(view, parts, seconds=seconds)


SEEN: dict[str, bytes] = {
    "a picture": mail(attachments=[("a.png", CODE)]),
    "a picture without anything": mail(attachments=[("a.png", files.blank_picture(300, 300))]),
    "a damaged picture": mail(attachments=[("a.png", CODE[:300])]),
    "a picture in an archive": mail(attachments=[("a.zip", files.zip_file({"x/a.png": CODE}))]),
    "pages of a PDF": mail(attachments=[("a.pdf", PDF)]),
    "a picture in the page": mail(html=files_codes.inline(CODE)),
    "a table": mail(html=files_codes.merged_table()),
    "blocks in the text": mail(text=files_codes.half_blocks()),
    "two halves": mail(attachments=[("a.png", LEFT), ("b.png", RIGHT)]),
    "several": mail(attachments=[("a.png", CODE), ("b.png", OTHER_CODE), ("c.pdf", PDF)]),
}


@pytest.mark.parametrize("raw", SEEN.values(), ids=SEEN)
def test_the_same_pictures_again_cost_a_lookup(raw: bytes) -> None:
    setup = Setup()
    first = setup.see(raw)
    again = setup.see(raw)
    assert setup.looked == 1
    assert (again.view.images, again.derived, again.problems) == (first.view.images, first.derived, ())
    assert (first.from_cache, again.from_cache) == (False, True)
    assert all(len(value) <= MOST_BYTES for value in setup.memory.values.values())


def test_they_are_seen_where_they_are_now() -> None:
    setup = Setup()
    setup.see(mail(attachments=[("a.png", CODE), ("b.png", OTHER_CODE)]))
    other = [("a.txt", b"a text"), Attachment("a.png", CODE), Attachment("b.png", OTHER_CODE)]
    again = setup.see(mail(subject="Another", attachments=other))
    assert again.from_cache
    assert [image.part for image in again.view.images] == [text.part for text in again.derived] == ["3", "4"]


NOT_ALIKE: dict[str, tuple[bytes, bytes]] = {
    "another picture": (mail(attachments=[("a.png", CODE)]), mail(attachments=[("a.png", OTHER_CODE)])),
    "another name": (mail(attachments=[("a.png", CODE)]), mail(attachments=[("b.png", CODE)])),
    "one more": (mail(attachments=[("a.png", LEFT)]), mail(attachments=[("a.png", LEFT), ("b.png", RIGHT)])),
    "one less": (mail(attachments=[("a.png", LEFT), ("b.png", RIGHT)]), mail(attachments=[("b.png", RIGHT)])),
    "another order": (
        mail(attachments=[("a.png", LEFT), ("b.png", RIGHT)]),
        mail(attachments=[("b.png", RIGHT), ("a.png", LEFT)]),
    ),
    "read as a file": (
        mail(attachments=[("a.png", CODE, "image/png")]),
        mail(attachments=[("a.png", CODE, "application/pdf")]),
    ),
    "another text with a code": (
        mail(text=files_codes.half_blocks()),
        mail(text=files_codes.half_blocks("https://b.example/")),
    ),
    "a page beside it": (mail(attachments=[("a.png", LEFT)]), mail(html=files_codes.inline(RIGHT))),
}


@pytest.mark.parametrize(("first", "second"), NOT_ALIKE.values(), ids=NOT_ALIKE)
def test_what_is_not_alike_is_looked_at(first: bytes, second: bytes) -> None:
    setup = Setup()
    setup.see(first)
    assert not setup.see(second).from_cache
    assert setup.looked == 2


def test_another_version_knows_nothing() -> None:
    setup = Setup()
    raw = mail(attachments=[("a.png", CODE)])
    setup.see(raw)
    setup.version = "deu 1"
    assert not setup.see(raw).from_cache


TWO = mail(attachments=[("a.png", CODE), ("b.png", OTHER_CODE)])
PHOTO = mail(attachments=[("a.png", files.blank_picture(300, 300)), ("b.png", LEFT)])
IN_PART: dict[str, tuple[bytes, ImageLimits]] = {
    "more pictures than are read": (TWO, structs.replace(LIMITS, pictures=1)),
    "a picture that is too large": (TWO, structs.replace(LIMITS, pixels=100)),
    "a file that is too large": (TWO, structs.replace(LIMITS, most_bytes=250)),
    "no time for second looks": (PHOTO, structs.replace(LIMITS, extra_seconds=0.0)),
    "no time for the pages": (mail(attachments=[("a.pdf", PDF)]), structs.replace(LIMITS, pdf_seconds=1e-9)),
    "no time for text": (TWO, structs.replace(LIMITS, text_seconds=0.1)),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "limits"), IN_PART.values(), ids=IN_PART)
def test_what_was_seen_in_part_is_not_kept(raw: bytes, limits: ImageLimits) -> None:
    setup = Setup(limits)
    setup.see(raw)
    assert setup.memory.values == {}


@pytest.mark.parametrize("error", [TimeoutError("late"), OSError("no Tesseract"), ValueError("odd")], ids=repr)
def test_text_that_was_not_recognised_is_tried_again(error: Exception) -> None:
    recognise = FakeRecognizer("words", error=error)
    setup = Setup(recognise=recognise)
    raw = mail(attachments=[("a.png", CODE)])
    assert setup.see(raw).problems
    recognise.error = None
    assert [image.text for image in setup.see(raw).view.images] == ["words"]


def test_bytes_that_are_gone_are_missed() -> None:
    setup = Setup()
    raw = mail(attachments=[("a.png", CODE)])
    setup.see(raw)
    assert setup.see(raw, without=["2"]).problems
    assert setup.looked == 2


@pytest.mark.parametrize(
    "value", [b"", b"x", zlib.compress(b"\xc1"), zlib.compress(bytes(9_000_000))],
    ids=["empty", "no zlib", "no msgpack", "a bomb"],
)  # fmt: skip
def test_what_cannot_be_read_is_nothing(value: bytes) -> None:
    setup = Setup()
    raw = mail(attachments=[("a.png", CODE)])
    first = setup.see(raw)
    setup.memory.values = dict.fromkeys(setup.memory.values, value)
    assert setup.see(raw).view.images == first.view.images
    assert setup.looked == 2


def test_facts_of_other_parts_are_no_facts() -> None:
    """A value of a message with more parts, which a collision or a forger would put there."""
    setup = Setup()
    setup.see(TWO)
    (value,) = setup.memory.values.values()
    raw = mail(attachments=[("a.png", CODE)])
    setup.memory.values = {}
    setup.see(raw)
    setup.memory.values = dict.fromkeys(setup.memory.values, value)
    again = setup.see(raw)
    assert not again.from_cache
    assert {image.part for image in again.view.images} == {"2"}


def test_nothing_is_the_same_as_something_else() -> None:
    """Every message of the tables has a key of its own."""
    setup = Setup()
    every = set(itertools.chain(SEEN.values(), *NOT_ALIKE.values()))
    for raw in every:
        assert not setup.see(raw).from_cache
