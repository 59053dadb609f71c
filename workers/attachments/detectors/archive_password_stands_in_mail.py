"""Detector: an encrypted archive whose password stands in the same mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import archives

# "Password: 2026", "the password for the archive is 2026", "Passwort = 2026". Linear: every repeat is bounded.
_PASSWORD = re.compile(
    r"\b(?:password|passwd|pass ?code|passwort|kennwort|mot de passe|contraseña)\b"
    r"(?: (?:for|to|of) (?:the |this |your )?\w{1,20})?(?:\s{0,3}[:=]| is:?| lautet:?| est ?:)"
    r"\s{0,3}[\"'(]?(?P<word>[^\s\"'()]{2,40})",
    re.IGNORECASE,
)
# Spared: a password that comes another way, which is how careful people do it.
_ELSEWHERE = frozenset(
    {"sent", "follows", "in", "on", "by", "the", "your", "to", "see", "separate", "separately", "what", "known"}
)


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
    found = (match for match in _PASSWORD.finditer(text) if match["word"].lower().strip(".,") not in _ELSEWHERE)
    return next((match[0][:100] for match in found), "")
