"""Remembers what was seen in the pictures of a message by their hashes, so that the same ones again cost a lookup.

All pictures of a message, and the files that may hold some, are known together or not at all: what is read of one
depends on the others (codes cut into several, the bounds of a message, the same picture twice). Only what is whole is
kept: no problem, nothing that the end of a time left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from mailcore.message import Message, Part
from mailcore.ports import Memory
from mailcore.view import ImageFacts, MailView
from workers.ocr.blocks import may_hold_code
from workers.ocr.limits import ImageLimits
from workers.ocr.logos import LIST
from workers.ocr.work import is_picture, is_wanted
from workers.packing import packed, unpacked
from workers.pool import DerivedText, Gather, Gathered

# Largest value that is kept, packed.
MOST_BYTES = 16_384


class Remembered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen; in place of the ids of parts stand their places among those that were looked at."""

    images: tuple[ImageFacts, ...] = ()
    derived: tuple[DerivedText, ...] = ()


def remembering(gather: Gather, memory: Memory, *, version: str, limits: ImageLimits, keep_seconds: float) -> Gather:
    """The same gathering, which looks at nothing twice. `version` stands for all on which facts depend besides the
    bytes: our own code, the languages of the text; with another one nothing is known any more.
    """

    def gather_or_remember(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        message = view.message
        wanted = [part for part in message.parts if is_wanted(part, message, limits)]
        places = ((message.text_parts or ("",))[0], *(part.id for part in wanted))
        # Where no logos are listed, nobody looks for shapes that may be some.
        looks = f"{version} {bool(view.lists.named(LIST))}"
        key = key_of(message, wanted, parts, looks, limits)
        known = unpacked(memory.find([key]).get(key, b""), Remembered) if key else None
        found = _placed(known, places) if known is not None else None
        if found is not None:
            images = structs.replace(view, images=found.images)
            return Gathered(view=images, derived=found.derived, from_cache=True)
        gathered = gather(view, parts, seconds=seconds)
        value = worth_keeping(gathered, places) if key else b""
        if 0 < len(value) <= MOST_BYTES:
            memory.keep({key: value}, seconds=keep_seconds)
        return gathered

    return gather_or_remember


def key_of(
    message: Message, wanted: Sequence[Part], parts: Mapping[str, bytes], version: str, limits: ImageLimits
) -> bytes:
    """What stands for all that is looked at: bytes, names, and how each is read. b"" where that is not all there."""
    drawn = message.text if may_hold_code(message.text) else ""
    words = [version, hashlib.sha256(drawn.encode("utf-8", "replace")).hexdigest()]
    for part in wanted:
        data = parts.get(part.id)
        if data is None or len(data) > limits.most_bytes:
            return b""
        role = "page" if part.id in message.html_parts else "picture" if is_picture(part) else "file"
        # A name may hold anything: its own hash keeps the words apart.
        name = hashlib.sha256(part.filename.encode("utf-8", "surrogatepass")).hexdigest()
        words += (role, name, hashlib.sha256(data).hexdigest())
    return hashlib.sha256("\0".join(words).encode()).digest()


def worth_keeping(gathered: Gathered, places: Sequence[str]) -> bytes:
    """What may be remembered, packed; b"" where it may not."""
    if gathered.problems or not gathered.is_whole:
        return b""
    seats = {part: str(place) for place, part in reversed(list(enumerate(places)))}
    images, derived = gathered.view.images, gathered.derived
    if not all(part in seats for part in (*(image.part for image in images), *(text.part for text in derived))):
        return b""
    return packed(
        Remembered(
            images=tuple(structs.replace(image, part=seats[image.part]) for image in images),
            derived=tuple(structs.replace(text, part=seats[text.part]) for text in derived),
        )
    )


def _placed(known: Remembered, places: Sequence[str]) -> Remembered | None:
    """The same in this message; None where that makes no sense."""
    try:
        return Remembered(
            images=tuple(structs.replace(image, part=places[int(image.part)]) for image in known.images),
            derived=tuple(structs.replace(text, part=places[int(text.part)]) for text in known.derived),
        )
    except (ValueError, IndexError):
        return None
