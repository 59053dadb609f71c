"""Detector: a shortcut to a file on a machine somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import shortcuts, signs


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def shortcut_opens_remote_file(view: MailView, *, folder_weight: float = 0.5) -> Iterator[Hit]:
    """A shortcut opens a file of another machine over SMB or WebDAV: it runs, or gives the password's hash away."""
    for file in view.files:
        seen = signs.of_kind(file, {shortcuts.REMOTE})
        if not seen:
            continue
        # People send each other shortcuts to folders of their own file server: those have names without dots.
        evidence = seen[0].evidence
        yield Hit(
            summary=f"{file.filename or file.path} is a shortcut to a file on {_host(evidence)}",
            detail=signs.in_words(seen, shortcuts.WORDS),
            where=Where(part=file.part, file=file.path, quote=evidence),
            weight=None if "." in _host(evidence) else folder_weight,
        )


def _host(evidence: str) -> str:
    """The machine in \\\\host\\share, file://host/ or https://host/."""
    rest = evidence.partition("=")[2] or evidence
    path = rest.partition(":")[2] if ":" in rest else rest
    return path.strip("/\\").replace("\\", "/").partition("/")[0]
