"""Detector: a file name written so that its extension is not seen."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import names


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def attachment_name_hides_extension(view: MailView) -> Iterator[Hit]:
    """A file name turns its writing direction around, pushes its extension out of sight, or has none that is shown."""
    for file in view.files:
        reversed_name = any(character in file.filename for character in names.REVERSING_CHARACTERS)
        # Names in Arabic and Hebrew need no such character: letters carry their own direction. Marks (U+200E,
        # U+200F), which some programs write around them, change nothing of the order of Latin letters.
        if reversed_name or names.has_space_before_extension(file.filename) or names.ends_in_class(file.filename):
            yield Hit(
                summary="The name of an attachment hides what kind of file it is",
                detail=f"Name with escapes: {ascii(file.filename)[:300]}; type by content: {file.true_type}",
                where=Where(part=file.part, file=file.path),
            )
