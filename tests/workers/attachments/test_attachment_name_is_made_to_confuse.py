"""Names that attachment_name_is_made_to_confuse must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "dots behind": ("invoice.exe...", files.windows_program()),
    "a blank behind": ("order.js ", b"WScript.Echo(1)"),
    "a hard blank behind": ("page.html\u00a0", files.page()),
    "a name without end": ("a" * 240 + ".pdf.exe", files.windows_program()),
    "in a zip": ("a.zip", files.zip_file({"scan.vbs.": b"MsgBox 1"})),
}
GOOD: dict[str, File] = {
    "a paper": ("On the " + "very " * 45 + "long titles of papers.pdf", files.pdf()),
    "a sentence": ("Minutes of the meeting.", b"Minutes\n"),
    "a firm": ("Contract with Example Inc..pdf", files.pdf()),
    "a blank behind a document": ("report.docx ", files.docx()),
    "a program": ("setup.exe", files.windows_program()),
    "a page": ("report.html", files.page()),
    "an abbreviation": ("notes etc.", b"Notes\n"),
    "a picture": ("IMG 2026.jpg ", files.blank_picture()),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_name_is_made_to_confuse", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_name_is_made_to_confuse", file) == []
