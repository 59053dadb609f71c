"""Detector: a program is attached."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def attachment_is_program(view: MailView, *, other_systems_weight: float = 3.0) -> Iterator[Hit]:
    """A program or installer is attached, by its content or by its name; members of archives are judged apart."""
    for file in view.files:
        if file.depth:
            continue
        kind = judge.program(file)
        if kind is judge.Program.WINDOWS:
            weight = None
        elif kind is judge.Program.OTHER_SYSTEM:
            # Shared libraries and Unix binaries do not start by a double click in a mail program.
            weight = other_systems_weight
        else:
            continue
        yield Hit(
            summary=f"{file.filename or file.path} is a program",
            detail=f"Type by content: {file.true_type}; declared: {file.declared_type}; {file.size:,} bytes",
            where=Where(part=file.part, file=file.path),
            weight=weight,
        )
