"""Detector: a name that ends in dots or blanks, or never ends."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import names

_ACTIVE = names.PROGRAMS | names.SCRIPTS | names.words("htm html shtml xhtml svg iso img vhd vhdx one xlsm docm")


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def attachment_name_is_made_to_confuse(view: MailView, *, longest: int = 200) -> Iterator[Hit]:
    """A program or page has a name that ends in dots or blanks, or is too long to be shown to its end."""
    for file in view.files:
        # Documents are spared: titles of papers are long, and sentences end in a dot. Windows drops dots and
        # blanks at the end, and opens what stands before them.
        name = names.basename(file.filename)
        if names.extension(name) not in _ACTIVE:
            continue
        why = ""
        if name != name.rstrip(". \t\u00a0"):
            why = "ends in dots or blanks"
        elif len(name) > longest:
            why = f"has {len(name)} characters"
        if why:
            yield Hit(
                summary=f"The name of {name[-40:]!a} {why}, which hides what kind of file it is",
                detail=f"Name with escapes: {ascii(name)[:300]}; type by content: {file.true_type}",
                where=Where(part=file.part, file=file.path),
            )
