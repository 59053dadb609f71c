"""Gathers the passwords that a message gives for its locked files, wherever its reader would find them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mailcore.message import Part
from mailcore.ports import TextRecognizer
from mailcore.view import MailView
from workers.attachments import names
from workers.attachments.budget import Budget
from workers.attachments.foreign_code import result_or_none
from workers.attachments.passwords import Passwords, candidates
from workers.pool import DerivedText

PICTURES = 2  # read for one message, the largest ones
PICTURE_SECONDS = 2.0  # for each; never more than a third of what is left
_PICTURE_BYTES = range(500, 5_242_881)
_TEXT_BYTES = 65_536
_PICTURE_NAMES = frozenset({"png", "jpg", "jpeg", "gif", "bmp", "webp"})


def passwords_of(
    view: MailView,
    parts: Mapping[str, bytes],
    budget: Budget,
    *,
    derived: Sequence[DerivedText] = (),
    configured: Sequence[str] = (),
    read_picture: TextRecognizer | None = None,
) -> Passwords:
    """The passwords to try; `derived` are texts of other files that were read already.

    `read_picture` gives the text of a picture as it came. It is asked for a file that nothing else opens, since it
    takes longer than all else.
    """
    attached = (*_notes(view, parts), *(text.text for text in derived))
    known = candidates(view, configured=configured, attached=attached)
    if read_picture is None:
        return Passwords(known)
    read = read_picture

    def later() -> str:
        return "\n".join(_read(picture, read, budget) for picture in _pictures(view, parts))

    return Passwords(known, later=later)


def _notes(view: MailView, parts: Mapping[str, bytes]) -> Iterator[str]:
    """Short texts that are attached: "password.txt"."""
    for part in view.message.parts:
        if part.id not in view.message.text_parts and part.id in parts and _is_note(part):
            yield parts[part.id][:_TEXT_BYTES].decode("utf-8", "replace")


def _is_note(part: Part) -> bool:
    return part.content_type.lower() == "text/plain" or names.extension(part.filename) == "txt"


def _pictures(view: MailView, parts: Mapping[str, bytes]) -> list[bytes]:
    """What may be a picture, the largest first; smaller ones are icons."""
    found = [
        parts[part.id]
        for part in view.message.parts
        if part.id in parts
        and len(parts[part.id]) in _PICTURE_BYTES
        and (part.content_type.lower().startswith("image/") or names.extension(part.filename) in _PICTURE_NAMES)
    ]
    return sorted(found, key=len, reverse=True)[:PICTURES]


def _read(picture: bytes, read: TextRecognizer, budget: Budget) -> str:
    """ "" where it cannot be read: the file stays locked, and the pool that reads pictures says why."""
    seconds = min(PICTURE_SECONDS, budget.time_left / 3)
    return result_or_none(budget, lambda: read(picture, seconds=seconds)) or ""
