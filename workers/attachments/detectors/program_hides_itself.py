"""Detector: a Windows program that is packed and unsigned."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments import windows_programs as kinds

_HIDES = frozenset({kinds.PACKED, kinds.FEW_IMPORTS})


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def program_hides_itself(view: MailView) -> Iterator[Hit]:
    """A program is packed, or hides what it calls, and nobody signed it."""
    for file in view.files:
        # Signed programs are spared: makers that pack theirs sign them. So are those that are merely unsigned.
        hides = signs.of_kind(file, _HIDES)
        if hides and signs.of_kind(file, {kinds.UNSIGNED}):
            said = tuple(sign for sign in file.signs if sign.kind in kinds.WORDS)
            yield Hit(
                summary=f"{file.filename or file.path} is a packed program that nobody signed",
                detail=signs.in_words(said, kinds.WORDS),
                where=Where(part=file.part, file=file.path, quote=hides[0].evidence),
            )
