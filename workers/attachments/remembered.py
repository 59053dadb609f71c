"""Remembers what was seen in an attachment by its hash, so that the same file again costs a lookup.

Only what is whole is kept: no problem, no password tried, nothing that rests on another file of the message.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from mailcore.ports import Memory
from mailcore.view import FileFacts, MailView
from workers.attachments import names
from workers.attachments.examine import Place
from workers.attachments.facts import place_of
from workers.attachments.limits import FileLimits
from workers.packing import packed, unpacked
from workers.pool import DerivedText, Gather, Gathered

# Largest value that is kept, packed.
MOST_BYTES = 65_536


class Remembered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The files of one attachment, it first, and the texts in them. Their paths begin behind that of the attachment."""

    files: tuple[FileFacts, ...]
    derived: tuple[DerivedText, ...] = ()


def remembering(
    gather: Gather, memory: Memory, *, version: Callable[[], str], limits: FileLimits, keep_seconds: float
) -> Gather:
    """The same gathering, which leaves out what is remembered. `version` stands for all on which facts depend besides
    the bytes: our own code, the rules, the signatures of a virus scanner; with another one nothing is known any more.
    """

    def gather_or_remember(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        ends = time.monotonic() + seconds
        places = {part.id: place_of(part) for part in view.message.parts if part.id in view.message.attachments}
        stamp = version()
        keys = {part: key_of(parts[part], place, stamp) for part, place in places.items() if part in parts}
        known = recall(memory, keys, places)
        if sum(len(found.files) for found in known.values()) > limits.files:
            known = {}
        gathered = Gathered(view=view, from_cache=True)
        if len(known) < len(places):
            gathered = gather(without(view, known), parts, seconds=ends - time.monotonic())
            new = worth_keeping(gathered, {part: place for part, place in places.items() if part not in known})
            memory.keep({keys[part]: value for part, value in new.items() if part in keys}, seconds=keep_seconds)
        return joined(view, gathered, known, tuple(places), limits)

    return gather_or_remember


def key_of(data: bytes, place: Place, stamp: str) -> bytes:
    """What stands for an attachment: its bytes, and of its name and declared type what decides how it is read."""
    digest = hashlib.sha256(data)
    words = "\0".join((stamp, digest.hexdigest(), names.extension(place.filename), place.declared_type))
    return hashlib.sha256(words.encode("utf-8", "replace")).digest()


def recall(memory: Memory, keys: Mapping[str, bytes], places: Mapping[str, Place]) -> dict[str, Remembered]:
    """What is remembered of these attachments, by part, as if it had been seen there."""
    values = memory.find(list(keys.values()))
    known: dict[str, Remembered] = {}
    for part, key in keys.items():
        found = unpacked(values[key], Remembered) if key in values else None
        if found is not None and found.files:
            known[part] = at_place(found, places[part])
    return known


def at_place(found: Remembered, place: Place) -> Remembered:
    root = structs.replace(found.files[0], **structs.asdict(place))
    inner = (structs.replace(file, part=place.part, path=place.path + file.path) for file in found.files[1:])
    derived = (structs.replace(text, part=place.part, source=place.path + text.source) for text in found.derived)
    return Remembered(files=(root, *inner), derived=tuple(derived))


def without(view: MailView, known: Mapping[str, Remembered]) -> MailView:
    """The view of a message that has only the other attachments."""
    rest = tuple(part for part in view.message.attachments if part not in known)
    return structs.replace(view, message=structs.replace(view.message, attachments=rest)) if known else view


def joined(
    view: MailView, gathered: Gathered, known: Mapping[str, Remembered], parts: Sequence[str], limits: FileLimits
) -> Gathered:
    """What was seen and what is remembered, in the order of the message."""
    if not known:
        return structs.replace(gathered, view=structs.replace(view, files=gathered.view.files))
    order = {part: index for index, part in enumerate(parts)}
    files = [*gathered.view.files, *(file for found in known.values() for file in found.files)]
    derived = [*gathered.derived, *(text for found in known.values() for text in found.derived)]
    files.sort(key=lambda file: order.get(file.part, len(order)))
    derived.sort(key=lambda text: order.get(text.part, len(order)))
    # As many texts are judged as if all had been read now.
    most = max(limits.documents, len(gathered.derived))
    return structs.replace(gathered, view=structs.replace(view, files=tuple(files)), derived=tuple(derived[:most]))


def worth_keeping(gathered: Gathered, places: Mapping[str, Place]) -> dict[str, bytes]:
    """By part, what may be remembered of the attachments that were looked at now, packed."""
    if gathered.problems or not gathered.is_whole:
        return {}
    found: dict[str, bytes] = {}
    for part, place in places.items():
        files = tuple(file for file in gathered.view.files if file.part == part)
        others = {file.sha256 for file in gathered.view.files if file.part != part and file.sha256}
        if not files or not all(_rests_on_itself(file, place) and file.sha256 not in others for file in files):
            continue
        value = packed_at(files, tuple(text for text in gathered.derived if text.part == part), place)
        if 0 < len(value) <= MOST_BYTES:
            found[part] = value
    return found


def packed_at(files: Sequence[FileFacts], derived: Sequence[DerivedText], place: Place) -> bytes:
    """As it is kept; nothing where a path does not begin with that of the attachment."""
    length = len(place.path)
    if not all(path.startswith(place.path) for path in (*(f.path for f in files), *(t.source for t in derived))):
        return b""
    root = structs.replace(files[0], part="", path="", filename="", declared_type="")
    return packed(
        Remembered(
            files=(root, *(structs.replace(file, part="", path=file.path[length:]) for file in files[1:])),
            derived=tuple(structs.replace(text, part="", source=text.source[length:]) for text in derived),
        )
    )


def _rests_on_itself(file: FileFacts, place: Place) -> bool:
    """Whether another message with the same attachment would show the same of this file.

    Not where a password was or may be tried, where the scanner did not look, or where what a packed file holds has its
    name from outside ("a.exe" in "a.exe.gz").
    """
    named_from_outside = file.depth == 1 and file.filename == names.without_extension(place.filename)
    return not (file.encrypted or file.password or file.unscanned or named_from_outside)
