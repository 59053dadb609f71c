"""Attachments that document_links_to_program must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

SLIDE = (
    b"\x00\x00\xf3\x0f\x10\x00\x00\x00"
    + bytes(8)
    + b"\x02"
    + bytes(7)
    + b"\x20\x00\xba\x0f\x16\x00\x00\x00"
    + "mshta.exe a".encode("utf-16-le")
    + bytes(5_000)
)

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
    "a button on a slide": (
        "a.docx",
        files_office.word(relations=files.external("hyperlink", "powershell.exe%20-enc%20AAAA")),
    ),
    "a file on the disk": ("a.docx", files_office.word(relations=files.external("hyperlink", "file:///C:\\a\\b.exe"))),
    "an old slide": ("a.ppt", files.compound_file({"PowerPoint Document": SLIDE, "Current User": bytes(100)})),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "a link": ("a.docx", files_office.word(relations=files.external("hyperlink", "https://example.com/a.exe"))),
    "a link to a server": (
        "a.docx",
        files_office.word(relations=files.external("hyperlink", r"file:///\\server\tools\a.exe")),
    ),
    "a link within": ("a.docx", files_office.word(relations=files.external("hyperlink", "#cmd"))),
    "an address": ("a.docx", files_office.word(relations=files.external("hyperlink", "mailto:cmd@example.com"))),
    "a file beside it": ("a.docx", files_office.word(relations=files.external("hyperlink", "../../tools/setup.exe"))),
    "a text on PowerShell": (
        "a.docx",
        files_office.word(relations=files.external("hyperlink", "PowerShell%20basics.docx")),
    ),
    "a document": ("a.docx", files_office.word(relations=files.external("hyperlink", "file:///C:\\a\\b.docx"))),
    "an old slide with a link": (
        "a.ppt",
        files.compound_file({"PowerPoint Document": SLIDE.replace(b"\x02" + bytes(7), b"\x04" + bytes(7))}),
    ),
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
