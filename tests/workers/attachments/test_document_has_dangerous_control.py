"""Attachments that document_has_dangerous_control must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

CONTROL = (
    b'<?xml version="1.0"?><ax:ocx ax:classid="{%s}" xmlns:ax="http://schemas.microsoft.com/office/2006/activeX"/>'
)

BAD: dict[str, File] = {
    "Flash": (
        "a.docx",
        files_office.word(more={"word/activeX/activeX1.xml": CONTROL % b"D27CDB6E-AE6D-11CF-96B8-444553540000"}),
    ),
    "a browser": (
        "a.docx",
        files_office.word(more={"word/activeX/activeX1.xml": CONTROL % b"8856F961-340A-11D0-A96B-00C04FD705A2"}),
    ),
    "a script": (
        "a.docx",
        files_office.word(more={"word/activeX/activeX2.xml": CONTROL % b"06290BD3-48AA-11D2-8432-006008C3FBFC"}),
    ),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "a check box": (
        "a.docx",
        files_office.word(more={"word/activeX/activeX1.xml": CONTROL % b"8BD21D40-EC42-11CE-9E0D-00AA006002F3"}),
    ),
    "a button": (
        "a.docx",
        files_office.word(more={"word/activeX/activeX1.xml": CONTROL % b"D7053240-CE69-11CD-A777-00DD01143C57"}),
    ),
    "the number in a text": ("a.docx", files.docx("classid D27CDB6E-AE6D-11CF-96B8-444553540000")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_has_dangerous_control", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_has_dangerous_control", file) == []
