"""Runs the whole OCR pool on pictures, with a recognizer that says what the test wants."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.message import Envelope, Header, Link, Message, Part
from mailcore.parse import parse
from mailcore.verdict import Finding, PoolReport
from mailcore.view import ImageFacts, MailView
from workers.ocr import ImageLimits, build
from workers.pool import DerivedText
from workers.runner import run_pool

Picture = tuple[str, bytes]


class FakeRecognizer:
    """A `TextRecognizer` that keeps what it was asked and says always the same, or raises."""

    def __init__(self, text: str = "", *, error: Exception | None = None) -> None:
        self.text = text
        self.error = error
        self.pictures: list[bytes] = []

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        assert seconds > 0
        self.pictures.append(picture)
        if self.error is not None:
            raise self.error
        return self.text


def message_of(
    *pictures: Picture, text: str = "", links: tuple[Link, ...] = (), headers: tuple[Header, ...] = ()
) -> Message:
    parts = tuple(
        Part(id=str(number), filename=name, content_type="image/png", size=len(data))
        for number, (name, data) in enumerate(pictures, 1)
    )
    return Message(id="m", parts=parts, text=text, links=links, headers=headers)


def read(
    message: Message,
    *pictures: Picture,
    recognise: Callable[..., str] | None = None,
    limits: ImageLimits = ImageLimits(),  # noqa: B008
    seconds: float = 20.0,
) -> tuple[PoolReport, list[DerivedText]]:
    """The report, and the texts that would be judged."""
    heard: list[DerivedText] = []

    def judge(_view: MailView, derived: DerivedText) -> list[Finding]:
        heard.append(derived)
        return []

    parts = {str(number): data for number, (_, data) in enumerate(pictures, 1)}
    pool = build(recognise or FakeRecognizer(), limits=limits)
    view = MailView(envelope=Envelope(), message=message)
    return run_pool(pool, view, parts, seconds=seconds, judge_derived=judge), heard


def read_mail(
    raw: bytes,
    *,
    recognise: Callable[..., str] | None = None,
    limits: ImageLimits = ImageLimits(),  # noqa: B008
    seconds: float = 20.0,
) -> tuple[PoolReport | None, list[DerivedText]]:
    """The same of a whole message; None where the pool has nothing to do on it."""
    heard: list[DerivedText] = []

    def judge(_view: MailView, derived: DerivedText) -> list[Finding]:
        heard.append(derived)
        return []

    parsed = parse(raw, message_id="m")
    pool = build(recognise or FakeRecognizer(), limits=limits)
    work = pool.work(parsed.message)
    if work is None:
        return None, heard
    view = MailView(envelope=Envelope(), message=parsed.message)
    parts = {part: parsed.decoded(part) for part in work.parts}
    return run_pool(pool, view, parts, seconds=seconds, judge_derived=judge), heard


def images_of(raw: bytes, *, limits: ImageLimits = ImageLimits()) -> tuple[ImageFacts, ...]:  # noqa: B008
    """The facts of every picture of a whole message."""
    parsed = parse(raw, message_id="m")
    pool = build(FakeRecognizer(), limits=limits)
    work = pool.work(parsed.message)
    if work is None:
        return ()
    view = MailView(envelope=Envelope(), message=parsed.message)
    parts = {part: parsed.decoded(part) for part in work.parts}
    return pool.gather(view, parts, seconds=20.0).view.images
