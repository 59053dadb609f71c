"""Detector: an encrypted archive whose password stands in the same mail."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import archives
from workers.attachments.passwords import ANNOUNCED, ELSEWHERE


@detector(category="attachment", weight=2.0, lifecycle=Lifecycle.STABLE)
def archive_password_stands_in_mail(view: MailView) -> Iterator[Hit]:
    """An encrypted archive comes with its password: that protects nothing but its content from scanners."""
    encrypted = [file for file in view.files if file.encrypted and archives.is_archive(file.true_type)]
    password = _password_in(f"{view.message.text}\n{view.message.html_text}") if encrypted else ""
    if password:
        yield Hit(
            summary=f"{encrypted[0].filename or encrypted[0].path} is encrypted, and its password stands in the mail",
            where=Where(part=encrypted[0].part, file=encrypted[0].path, quote=password),
        )


def _password_in(text: str) -> str:
    """The words that give a password away, or "" where none is given."""
    found = (match for match in ANNOUNCED.finditer(text) if match["word"].lower().strip(".,") not in ELSEWHERE)
    return next((match[0][:100] for match in found), "")
