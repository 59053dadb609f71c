"""Detector: the content of an attachment is not what its name says."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, names


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def attachment_type_differs_from_name(view: MailView, *, harmless_weight: float = 0.5) -> Iterator[Hit]:
    """An attachment is a program, script, archive or web page under the name of a document, picture or sound."""
    for file in view.files:
        difference = judge.name_differs(file)
        if difference is judge.Difference.NONE:
            continue
        yield Hit(
            summary=f"{names.basename(file.filename)} is not what its name says",
            detail=f"Type by content: {file.true_type}",
            where=Where(part=file.part, file=file.path),
            # A spreadsheet called .pdf is a mistake of a person more often than a trick.
            weight=harmless_weight if difference is judge.Difference.HARMLESS else None,
        )
