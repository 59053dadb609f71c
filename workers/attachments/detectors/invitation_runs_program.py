"""Detector: a calendar file whose alarm starts a program."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import calendars, signs


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def invitation_runs_program(view: MailView) -> Iterator[Hit]:
    """An alarm of a calendar file starts a program in place of a sound or a note."""
    for file in view.files:
        # The standard took it out in 2009; alarms that show, sound or send mail are everybody's.
        if signs.of_kind(file, {calendars.RUNS}):
            yield Hit(
                summary=f"{file.filename or file.path} is an appointment that starts a program",
                where=Where(part=file.part, file=file.path, quote="ACTION:PROCEDURE"),
            )
