"""Detector: a web page written so that nobody sees what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, pages, script_signs, signs

_ALONE = frozenset({pages.WRITES_DECODED, script_signs.ENCODED})
_TOGETHER = frozenset(
    {
        script_signs.CHARACTER_CODES, script_signs.PIECES, script_signs.ESCAPES, script_signs.PACKED,
        script_signs.RENAMED,
        script_signs.EVALUATES, script_signs.ENCODED_COMMAND,
    }
)  # fmt: skip
_MUCH_TEXT = 2_000


@detector(category="phishing", weight=5.0, lifecycle=Lifecycle.STABLE)
def html_attachment_is_obfuscated(view: MailView, *, least: int = 2) -> Iterator[Hit]:
    """An attached page writes itself out of encoded text, or its scripts are packed and escaped."""
    for file in view.files:
        # Saved pages and documentation carry the packed libraries of their site: they have text to read, and most of
        # them come in archives of many files.
        if file.html is None or not judge.at_the_door(file, view.files):
            continue
        seen = signs.of_kind(file, _ALONE | _TOGETHER)
        kinds = {sign.kind for sign in seen}
        if kinds & _ALONE or (len(kinds & _TOGETHER) >= least and len(file.text) < _MUCH_TEXT):
            yield Hit(
                summary=f"{file.filename or file.path} is a web page that hides what it shows",
                detail=signs.in_words(seen, pages.WORDS),
                where=Where(part=file.part, file=file.path, quote=seen[0].evidence),
            )
