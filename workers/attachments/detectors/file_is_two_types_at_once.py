"""Detector: a file that is two things at once."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import second_types, signs


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def file_is_two_types_at_once(view: MailView) -> Iterator[Hit]:
    """A picture, PDF or page is an archive, a script or a program as well, depending on who opens it."""
    for file in view.files:
        # Installers carry archives, PDF documents carry attachments, archives begin with stored documents: the reader
        # spares them all.
        seen = signs.of_kind(file, {second_types.SECOND_TYPE})
        if seen:
            yield Hit(
                summary=f"{file.filename or file.path} is two kinds of file at once",
                detail="; ".join(sign.evidence for sign in seen),
                where=Where(part=file.part, file=file.path),
            )
