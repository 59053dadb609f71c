"""Calendar files that invitation_runs_program must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.files_calendar import invitation
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "an alarm": ("invite.ics", invitation(action="PROCEDURE")),
    "in a zip": ("a.zip", files.zip_file({"a.ics": invitation(action="procedure")})),
}
GOOD: dict[str, File] = {
    "a note": ("a.ics", invitation()),
    "a sound": ("b.ics", invitation(action="AUDIO")),
    "a mail": ("c.ics", invitation(action="EMAIL")),
    "words": ("d.ics", invitation(description="ACTION:PROCEDURE is the topic")),
    "no calendar": ("e.ics", b"ACTION:PROCEDURE\r\n"),
    "a text": ("f.txt", invitation(action="PROCEDURE")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("invitation_runs_program", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("invitation_runs_program", file) == []
