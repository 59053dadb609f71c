"""Attachments that document_links_to_program must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a command": (
        "a.doc",
        files_office.with_object(files_office.native("x", b"", source="C:\\Windows\\System32\\cmd.exe", linked=True)),
    ),
    "a program": (
        "a.docx",
        files_office.word(
            more={
                "word/embeddings/oleObject1.bin": files_office.with_object(
                    files_office.native("x", b"", source="C:\\a\\b.exe", linked=True)
                )
            }
        ),
    ),
    "in RTF": (
        "a.rtf",
        files_office.rtf(
            files_office.rtf_object(
                files_office.ole1("Package", files_office.native("x", b"", source="mshta.exe", linked=True)[4:])
            )
        ),
    ),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "a link to a text": (
        "a.doc",
        files_office.with_object(files_office.native("x", b"", source="C:\\a\\notes.txt", linked=True)),
    ),
    "a text in it": ("a.doc", files_office.with_object(files_office.native("notes.txt", b"notes"))),
    "a text in RTF": (
        "a.rtf",
        files_office.rtf(
            files_office.rtf_object(files_office.ole1("Package", files_office.native("notes.txt", b"notes")[4:]))
        ),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_links_to_program", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_links_to_program", file) == []
