"""Attachments that attachment_type_differs_from_name must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

# A document behind something else makes no document of it: nothing would open it as one.
BEHIND = bytes(900) + files.docx()

BAD: dict[str, File] = {
    "a program as PDF": ("report.pdf", files.windows_program()),
    "a program as picture": ("photo.jpg", files.windows_program()),
    "a page as PDF": ("invoice.pdf", files.page()),
    "a zip as picture": ("photo.png", files.zip_file({"a.txt": b"a"})),
    "a link file as document": ("report.docx", files.shortcut()),
    "a program as picture in a zip": ("a.zip", files.zip_file({"b.jpg": files.windows_program()})),
    "a program with a document behind it": ("report.docx", files.windows_program() + BEHIND),
    "a link file with a document behind it": ("report.docx", files.shortcut() + BEHIND),
    "a document as PDF": ("report.pdf", files.docx()),
}
GOOD: dict[str, File] = {
    "jpg and jpeg": ("photo.jpeg", files.blank_picture()),
    "a PDF with a document behind it": ("report.pdf", files.pdf() + BEHIND),
    "a picture with a document behind it": ("photo.png", files.blank_picture() + BEHIND),
    "a document behind nothing": ("report.docx", bytes(40) + files.docx()),
    "a renamed docx": ("report.doc", files.docx()),
    "an old document as docx": ("report.docx", files.doc()),
    "an encrypted document": ("report.docx", files.encrypted_document()),
    "rich text as doc": ("report.doc", b"{\\rtf1\\ansi Hello}"),
    "a page as xls": ("export.xls", files.page(form="<table><tr><td>1</td></tr></table>")),
    "a page as txt": ("mail.txt", files.page()),
    "an unknown type": ("data.pdf", b"\x00\x01\x02\x03 nothing known"),
    "an unknown extension": ("backup.xyz", files.zip_file({"a.txt": b"a"})),
    "an empty PDF": ("report.pdf", b""),
    "an error page in a zip": ("a.zip", files.zip_file({"photo.jpg": files.page()})),
    "OpenDocument": (
        "a.odt",
        files.zip_file({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}, stored=True),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_type_differs_from_name", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_type_differs_from_name", file) == []


def test_mistakes_weigh_less_than_tricks() -> None:
    mistake, trick = (
        found("attachment_type_differs_from_name", BAD[name])[0].weight
        for name in ("a document as PDF", "a program as PDF")
    )
    assert 0 < mistake < trick
