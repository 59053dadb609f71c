"""Detector: an unsigned program that says it comes from a maker who signs all of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments import windows_programs as kinds

_MAKERS = re.compile(
    r"^CompanyName (?:microsoft corporation|adobe\b|google (?:llc|inc)|mozilla (?:corporation|foundation)|apple inc"
    r"|oracle (?:corporation|america)|intel corporation|nvidia corporation|zoom video|teamviewer\b|citrix\b|cisco\b)",
    re.IGNORECASE,
)


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def program_claims_known_maker(view: MailView) -> Iterator[Hit]:
    """A program calls itself one of Microsoft, Adobe or Google, and carries no signature."""
    for file in view.files:
        # Parts of Windows are signed in a catalogue beside them, and nobody sends those alone; in archives they are
        # parts of other software.
        if file.depth and file.reached == "member":
            continue
        claims = [sign for sign in signs.of_kind(file, {kinds.VERSION}) if _MAKERS.match(sign.evidence)]
        if claims and signs.of_kind(file, {kinds.UNSIGNED}):
            yield Hit(
                summary=f"{file.filename or file.path} claims a maker who has not signed it",
                detail=signs.in_words(claims, kinds.WORDS),
                where=Where(part=file.part, file=file.path, quote=claims[0].evidence),
            )
