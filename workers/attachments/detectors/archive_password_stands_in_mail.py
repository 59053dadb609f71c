"""Detector: an encrypted archive whose password stands in the same mail."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers import archives
from workers.attachments.passwords import ANNOUNCED, ELSEWHERE

_PLACES = {
    "text": "its text",
    "subject": "its subject",
    "name": "the name of a file",
    "attachment": "another file",
    "picture": "a picture",
}


@detector(category="attachment", weight=2.0, lifecycle=Lifecycle.STABLE)
def archive_password_stands_in_mail(
    view: MailView, *, text_weight: float = 1.0, picture_weight: float = 4.0
) -> Iterator[Hit]:
    """An encrypted archive comes with its password: that protects nothing but its content from scanners."""
    locked = [file for file in view.files if archives.is_archive(file.true_type) and (file.encrypted or file.password)]
    if not locked:
        return
    opened = next((file for file in locked if file.password_from in _PLACES), None)
    announced = _password_in(f"{view.message.text}\n{view.message.html_text}")
    if opened is not None:
        place = _PLACES[opened.password_from]
        # What is inside was judged by itself, and words that give a password away have a rule of their own: pay
        # offices do so every month. Nobody copies a password out of a picture but who hides it from programs.
        weights = {"text": text_weight, "picture": picture_weight}
        yield Hit(
            summary=f"{opened.filename or opened.path} is encrypted, and the mail gives its password in {place}",
            detail="mailchord opened it with this password and looked inside.",
            where=Where(part=opened.part, file=opened.path, quote=opened.password),
            weight=weights.get(opened.password_from),
        )
    elif announced:
        yield Hit(
            summary=f"{locked[0].filename or locked[0].path} is encrypted, and its password stands in the mail",
            where=Where(part=locked[0].part, file=locked[0].path, quote=announced),
        )


def _password_in(text: str) -> str:
    """The words that give a password away, or "" where none is given."""
    found = (match for match in ANNOUNCED.finditer(text) if match["word"].lower().strip(".,") not in ELSEWHERE)
    return next((match[0][:100] for match in found), "")
