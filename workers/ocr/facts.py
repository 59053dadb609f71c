"""Gathers the facts of the pictures of a message: codes in all of them, text in the largest."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field, structs

from mailcore.errors import ScanInterrupted
from mailcore.message import Part
from mailcore.ports import TextRecognizer
from mailcore.view import ImageFacts, MailView
from workers.ocr import codes, logos, splits
from workers.ocr.blocks import pictures_of_text
from workers.ocr.codes import Code, Payload
from workers.ocr.fingerprints import fingerprint
from workers.ocr.holders import DRAWN, INLINE, MEMBER, PAGE, Found, Holders, page_pictures
from workers.ocr.limits import ImageLimits
from workers.ocr.looks import for_text, second_looks
from workers.ocr.pictures import Header, HugePicture, UnreadablePicture, portable_greymap, read_header
from workers.ocr.work import is_picture, is_wanted
from workers.pool import DerivedText, Gather, Gathered

if TYPE_CHECKING:
    from PIL.Image import Image

# Share of the pool's time that gathering may use: detectors and the judging of the text come after it.
GATHER_SHARE = 0.85
# Share of that for finding pictures in archives, documents and pages.
FIND_SHARE = 0.5
# Less is not worth starting Tesseract for.
LEAST_SECONDS = 0.3
# Pictures of a message in all, with the small ones that may be logos.
MOST = 32
JOINED = "joined"
_WORDS = frozenset({Payload.COINS, Payload.CALL, Payload.SHORT_MESSAGE, Payload.MAIL})
# What people see when they open the mail comes before what they must open.
_ORDER = {"": 0, INLINE: 0, DRAWN: 0, PAGE: 1, MEMBER: 2}


class Picture(Struct, frozen=True, kw_only=True):
    """A picture whose header was read. `image` is there where it was drawn."""

    found: Found
    place: int
    width: int
    height: int
    header: Header | None = None

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def is_small(self, limits: ImageLimits) -> bool:
        """An icon or a rule: too small for a code or for text."""
        return min(self.width, self.height) < limits.least_side

    def frames(self, limits: ImageLimits) -> Iterator[Image]:
        """Raises UnreadablePicture and HugePicture."""
        if self.header is not None:
            yield from self.header.frames(limits)
        elif self.found.image is not None:
            yield self.found.image


class Reading(Struct, kw_only=True):
    """What one run has come to so far."""

    limits: ImageLimits
    recognise: TextRecognizer
    ends: float
    images: list[ImageFacts] = field(default_factory=list)
    derived: list[DerivedText] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)
    bytes_read: int = 0
    extra_left: float = 0.0
    texts_left: int = 0
    looks_for_logos: bool = False
    # Whether another time the same pictures would show the same: no time ended before all was looked at.
    is_whole: bool = True
    # Pictures without a code, by their place in the mail: some may make one together.
    silent: dict[int, tuple[Picture, Image]] = field(default_factory=dict)


def build_gather(recognise: TextRecognizer, limits: ImageLimits) -> Gather:
    """The gather function of the pool."""

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """Facts of each picture that is worth reading; what was left out stands in `problems`.

        Raises ScanInterrupted when the time ended before any picture was read.
        """
        began = time.monotonic()
        reading = Reading(
            limits=limits,
            recognise=recognise,
            ends=began + seconds * GATHER_SHARE,
            extra_left=limits.extra_seconds,
            texts_left=limits.text_pictures,
            looks_for_logos=bool(view.lists.named(logos.LIST)),
        )
        pictures = _pictures(view, parts, reading, ends=began + seconds * GATHER_SHARE * FIND_SHARE)
        for rank, picture in enumerate(pictures):
            if time.monotonic() >= reading.ends:
                if not reading.images:
                    raise ScanInterrupted("its time ended before the first picture")
                reading.problems.setdefault(f"its time ended before {len(pictures) - rank} pictures")
                break
            _read(picture, reading)
        _read_together(reading)
        return Gathered(
            view=structs.replace(view, images=tuple(reading.images)),
            problems=tuple(reading.problems),
            derived=tuple(reading.derived),
            bytes_read=reading.bytes_read,
            is_whole=reading.is_whole,
        )

    return gather


def build_look(recognise: TextRecognizer, limits: ImageLimits) -> Gather:
    """Stands in for the gather function where nobody may wait: whether there is a picture at all."""

    def look(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        """Raises ScanInterrupted where there is one, or may be: whoever has the time for it looks again."""
        ends = time.monotonic() + seconds * FIND_SHARE
        reading, holders = Reading(limits=limits, recognise=recognise, ends=ends), Holders(limits, ends=ends)
        found = next(_found(view, parts, holders, reading), None)
        if found is not None or reading.problems or holders.problems:
            raise ScanInterrupted("there is a picture, which is not read in place")
        return Gathered(view=view, bytes_read=reading.bytes_read)

    return look


def _pictures(view: MailView, parts: Mapping[str, bytes], reading: Reading, *, ends: float) -> list[Picture]:
    """The pictures to read, what is seen at once and the largest first; the same picture twice counts once."""
    limits = reading.limits
    holders = Holders(limits, ends=ends)
    pictures: list[Picture] = []
    seen: set[bytes] = set()
    for found in _found(view, parts, holders, reading):
        if found.data and found.data in seen:
            continue
        seen.add(found.data)
        picture = _with_header(found, len(pictures), reading)
        if picture is not None:
            pictures.append(picture)
    reading.problems.update(holders.problems)
    pictures.sort(key=lambda picture: (_ORDER[picture.found.reached], -picture.pixels))
    large = [picture for picture in pictures if not picture.is_small(limits)]
    if len(large) > limits.pictures:
        reading.problems.setdefault(f"{len(large)} pictures, of which the {limits.pictures} largest were read")
    small = [picture for picture in pictures if picture.is_small(limits) and reading.looks_for_logos]
    return [*large[: limits.pictures], *(each for each in small if logos.may_be_logo(each.width, each.height))][:MOST]


def _found(view: MailView, parts: Mapping[str, bytes], holders: Holders, reading: Reading) -> Iterator[Found]:
    """Every picture of the message, in the order of its parts."""
    message, limits = view.message, reading.limits
    for image in pictures_of_text(message.text):
        yield Found(part=(message.text_parts or ("",))[0], name="the text of the mail", reached=DRAWN, image=image)
    seen: set[str] = set()
    for part in message.parts:
        if not is_wanted(part, message, limits) or (part.sha256 and part.sha256 in seen):
            continue
        seen.add(part.sha256)
        data = _bytes_of(part, parts, reading)
        if not data:
            continue
        if part.id in message.html_parts:
            yield from page_pictures(part.id, "the page of the mail", data, limits)
        elif is_picture(part):
            yield Found(part=part.id, name=_name(part), data=data)
        else:
            yield from holders.pictures(part.id, _name(part), data)


def _name(part: Part) -> str:
    return part.filename or f"part {part.id}"


def _bytes_of(part: Part, parts: Mapping[str, bytes], reading: Reading) -> bytes:
    data = parts.get(part.id)
    if data is None:
        reading.problems.setdefault(f"{_name(part)}: its bytes are not there any more")
        return b""
    if len(data) > reading.limits.most_bytes:
        reading.problems.setdefault(f"{_name(part)}: larger than {reading.limits.most_bytes:,} bytes, not read")
        return b""
    reading.bytes_read += len(data)
    return data


def _with_header(found: Found, place: int, reading: Reading) -> Picture | None:
    if found.image is not None:
        return Picture(found=found, place=place, width=found.image.width, height=found.image.height)
    try:
        header = read_header(found.data, reading.limits)
    except HugePicture as error:
        reading.problems.setdefault(f"{found.name}: {error}")
        reading.images.append(_facts(found, problem=str(error)))
    except UnreadablePicture as error:
        # Damage is a fact about the mail, not a scan that did not happen: nobody else can see this picture either.
        reading.images.append(_facts(found, problem=f"no readable picture: {error}"))
    else:
        return Picture(found=found, place=place, width=header.width, height=header.height, header=header)
    return None


def _facts(found: Found, *, problem: str = "", width: int = 0, height: int = 0) -> ImageFacts:
    return ImageFacts(
        part=found.part, width=width, height=height, problem=problem, name=found.name, reached=found.reached
    )


def _read(picture: Picture, reading: Reading) -> None:
    """Codes and text of one picture."""
    found, limits = picture.found, reading.limits
    facts = _facts(found, width=picture.width, height=picture.height)
    try:
        frames = list(picture.frames(limits))
    except HugePicture as error:
        reading.problems.setdefault(f"{found.name}: {error}")
        reading.images.append(structs.replace(facts, problem=str(error)))
        return
    except UnreadablePicture as error:
        reading.images.append(structs.replace(facts, problem=f"no readable picture: {error}"))
        return
    if picture.is_small(limits):
        grey = frames[0].convert("L")
        reading.images.append(structs.replace(facts, fingerprint=fingerprint(grey), logos=logos.fingerprints(grey)))
        return
    held = _codes(frames, reading)
    # The frame of an animation in which most happens: the first one of a banner is often empty.
    grey = max((frame.convert("L") for frame in frames), key=_variety) if len(frames) > 1 else frames[0].convert("L")
    if not held:
        if found.reached == DRAWN:
            # Only a table or a line of blocks: not a picture at all.
            return
        if found.reached in ("", INLINE):
            reading.silent[picture.place] = (picture, grey)
    text = ""
    if reading.texts_left > 0 and picture.pixels >= limits.text_least_pixels and not found.has_text:
        reading.texts_left -= 1
        text = _text(found.name, grey, reading)
    shapes = logos.fingerprints(grey) if reading.looks_for_logos else ()
    facts = structs.replace(facts, text=text, fingerprint=fingerprint(grey), logos=shapes, **_of_codes(held))
    reading.images.append(facts)
    _derive(found, text, held, reading)


def _of_codes(held: tuple[Code, ...]) -> dict[str, tuple[str, ...]]:
    return {"codes": tuple(code.text for code in held), "formats": tuple(code.format for code in held)}


def _derive(found: Found, text: str, held: tuple[Code, ...], reading: Reading) -> None:
    contents = tuple(code.text for code in held)
    urls = codes.urls(contents)
    # Wallets, numbers and addresses are judged like those that stand in the mail.
    words = "\n".join(filter(None, (text, *(content for content in contents if codes.payload(content) in _WORDS))))
    if words or urls:
        reading.derived.append(DerivedText(part=found.part, source=found.name, text=words, urls=urls))


def _codes(frames: list[Image], reading: Reading) -> tuple[Code, ...]:
    """Codes of all frames; where there is none, of other looks at the first one while there is time for them."""
    limits = reading.limits
    held = tuple(dict.fromkeys(code for frame in frames for code in codes.read_codes(frame.convert("L"), limits)))
    if held:
        return held[: limits.codes]
    began = time.monotonic()
    looks = second_looks(frames[0])
    while not held:
        if time.monotonic() >= min(reading.ends, began + reading.extra_left):
            reading.is_whole = False
            break
        look = next(looks, None)
        if look is None:
            break
        held = codes.read_codes(look, limits, only_squares=True)
    reading.extra_left = max(0.0, reading.extra_left - (time.monotonic() - began))
    return held


def _read_together(reading: Reading) -> None:
    """Codes that are cut into pieces, each a picture of its own."""
    limits = reading.limits
    pieces = [reading.silent[place] for place in sorted(reading.silent)]
    for number, (places, whole) in enumerate(splits.joined([grey for _, grey in pieces])):
        if number >= limits.splits:
            return
        if time.monotonic() >= reading.ends:
            reading.is_whole = False
            return
        held = codes.read_codes(whole, limits, only_squares=True)
        if held:
            first = pieces[places[0]][0].found
            name = " and ".join(pieces[place][0].found.name for place in places)
            found = Found(part=first.part, name=name, reached=JOINED)
            facts = _facts(found, width=whole.width, height=whole.height)
            reading.images.append(structs.replace(facts, **_of_codes(held)))
            _derive(found, "", held, reading)
            return


def _variety(grey: Image) -> float:
    return float(grey.entropy())


def _text(name: str, grey: Image, reading: Reading) -> str:
    limits = reading.limits
    left = min(limits.text_seconds, reading.ends - time.monotonic())
    if left < LEAST_SECONDS:
        reading.problems.setdefault(f"{name}: no time was left for its text")
        return ""
    try:
        pgm = portable_greymap(for_text(grey))
        return reading.recognise(pgm, seconds=left)[: limits.text_characters].strip()
    except TimeoutError:
        reading.problems.setdefault(f"{name}: its text was not recognised within {left:.1f} s")
    except (OSError, ValueError) as error:
        reading.problems.setdefault(f"{name}: its text was not recognised: {error}")
    return ""
