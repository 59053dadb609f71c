"""Detector: a script or a link file is attached."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, names


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def attachment_is_script(view: MailView, *, developers_weight: float = 2.5) -> Iterator[Hit]:
    """A file is attached that Windows runs by a double click, such as .vbs, .hta, .lnk or .js."""
    for file in view.files:
        if file.depth or not judge.is_script(file):
            continue
        # People who write software send each other .js, .bat or .ps1 files; nobody sends a good .hta or .lnk.
        for_developers = names.extension(file.filename) in names.SCRIPTS_OF_DEVELOPERS
        yield Hit(
            summary=f"{file.filename or file.path} is a script that runs when it is opened",
            detail=f"Type by content: {file.true_type}; declared: {file.declared_type}; {file.size:,} bytes",
            where=Where(part=file.part, file=file.path),
            weight=developers_weight if for_developers else None,
        )
