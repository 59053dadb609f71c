"""Gathers the facts of the pictures of a message: codes in all of them, text in the largest."""

from __future__ import annotations

import time
from collections.abc import Mapping

from msgspec import Struct, field, structs

from mailcore.errors import ScanInterrupted
from mailcore.ports import TextRecognizer
from mailcore.view import ImageFacts, MailView
from workers.ocr import codes
from workers.ocr.limits import ImageLimits
from workers.ocr.pictures import Header, HugePicture, UnreadablePicture, portable_greymap, read_header
from workers.ocr.work import is_picture, worth_reading
from workers.pool import DerivedText, Gather, Gathered

# Share of the pool's time that gathering may use: detectors and the judging of the text come after it.
GATHER_SHARE = 0.85
# Less is not worth starting Tesseract for.
LEAST_SECONDS = 0.3


class Picture(Struct, frozen=True, kw_only=True):
    """A picture whose header was read."""

    part: str
    name: str
    header: Header


class Reading(Struct, kw_only=True):
    """What one run has come to so far."""

    images: list[ImageFacts] = field(default_factory=list)
    derived: list[DerivedText] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)
    bytes_read: int = 0


def build_gather(recognise: TextRecognizer, limits: ImageLimits) -> Gather:
    """The gather function of the pool."""

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """Facts of each picture that is worth reading; what was left out stands in `problems`.

        Raises ScanInterrupted when the time ended before any picture was read.
        """
        ends = time.monotonic() + seconds * GATHER_SHARE
        reading = Reading()
        pictures = _headers(view, parts, limits, reading)
        for rank, picture in enumerate(pictures):
            if time.monotonic() >= ends:
                if not reading.images:
                    raise ScanInterrupted("its time ended before the first picture")
                reading.problems.setdefault(f"its time ended before {len(pictures) - rank} pictures")
                break
            _read(picture, recognise, limits, reading, ends=ends, with_text=rank < limits.text_pictures)
        return Gathered(
            view=structs.replace(view, images=tuple(reading.images)),
            problems=tuple(reading.problems),
            derived=tuple(reading.derived),
            bytes_read=reading.bytes_read,
        )

    return gather


def _headers(view: MailView, parts: Mapping[str, bytes], limits: ImageLimits, reading: Reading) -> list[Picture]:
    """The pictures to read, the largest first; the same picture twice counts once."""
    found: list[Picture] = []
    seen: set[str] = set()
    for part in view.message.parts:
        if not is_picture(part) or not worth_reading(part, limits) or (part.sha256 and part.sha256 in seen):
            continue
        seen.add(part.sha256)
        name = part.filename or f"part {part.id}"
        data = parts.get(part.id)
        if data is None:
            reading.problems.setdefault(f"{name}: its bytes are not there any more")
            continue
        if len(data) > limits.most_bytes:
            reading.problems.setdefault(f"{name}: larger than {limits.most_bytes:,} bytes, not read")
            continue
        reading.bytes_read += len(data)
        header = _header(part.id, name, data, limits, reading)
        if header is not None and min(header.width, header.height) >= limits.least_side:
            found.append(Picture(part=part.id, name=name, header=header))
    found.sort(key=lambda picture: -picture.header.pixels)
    if len(found) > limits.pictures:
        reading.problems.setdefault(f"{len(found)} pictures, of which the {limits.pictures} largest were read")
    return found[: limits.pictures]


def _header(part: str, name: str, data: bytes, limits: ImageLimits, reading: Reading) -> Header | None:
    try:
        return read_header(data, limits)
    except HugePicture as error:
        reading.problems.setdefault(f"{name}: {error}")
        reading.images.append(ImageFacts(part=part, problem=str(error)))
    except UnreadablePicture as error:
        # Damage is a fact about the mail, not a scan that did not happen: nobody else can see this picture either.
        reading.images.append(ImageFacts(part=part, problem=f"no readable picture: {error}"))
    return None


def _read(
    picture: Picture,
    recognise: TextRecognizer,
    limits: ImageLimits,
    reading: Reading,
    *,
    ends: float,
    with_text: bool,
) -> None:
    """Codes and text of one picture."""
    header = picture.header
    facts = ImageFacts(part=picture.part, width=header.width, height=header.height)
    try:
        grey = header.grey(limits)
    except HugePicture as error:
        reading.problems.setdefault(f"{picture.name}: {error}")
        reading.images.append(structs.replace(facts, problem=str(error)))
        return
    except UnreadablePicture as error:
        reading.images.append(structs.replace(facts, problem=f"no readable picture: {error}"))
        return
    found = codes.read_codes(grey, limits)
    text = ""
    if with_text and header.pixels >= limits.text_least_pixels:
        text = _text(picture, portable_greymap(grey), recognise, limits, reading, ends=ends)
    reading.images.append(structs.replace(facts, text=text, codes=found))
    urls = codes.urls(found)
    if text or urls:
        reading.derived.append(DerivedText(part=picture.part, source=picture.name, text=text, urls=urls))


def _text(
    picture: Picture,
    pgm: bytes,
    recognise: TextRecognizer,
    limits: ImageLimits,
    reading: Reading,
    *,
    ends: float,
) -> str:
    left = min(limits.text_seconds, ends - time.monotonic())
    if left < LEAST_SECONDS:
        reading.problems.setdefault(f"{picture.name}: no time was left for its text")
        return ""
    try:
        return recognise(pgm, seconds=left)[: limits.text_characters].strip()
    except TimeoutError:
        reading.problems.setdefault(f"{picture.name}: its text was not recognised within {left:.1f} s")
    except (OSError, ValueError) as error:
        reading.problems.setdefault(f"{picture.name}: its text was not recognised: {error}")
    return ""
