"""Attachments that document_loads_from_outside must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a template": ("a.docx", files_office.word(relations=files.external("attachedTemplate", files_office.EVIL))),
    "an object": (
        "a.docx",
        files_office.word(relations=files.external("oleObject", "mhtml:https://files.example.net/a!x")),
    ),
    "an object on a file server": (
        "a.docx",
        files_office.word(relations=files.external("oleObject", r"file://\\203.0.113.9\a")),
    ),
    "a picture on a file server": (
        "a.docx",
        files_office.word(relations=files.external("image", r"\\files.example.net\a\b.png")),
    ),
    "a frame": ("a.docx", files_office.word(relations=files.external("frame", "http://203.0.113.9/a.html"))),
    "a template of RTF": ("a.rtf", files_office.rtf(r"{\*\template http://files.example.net/a.dot}")),
    "a linked object of RTF": (
        "a.rtf",
        files_office.rtf(
            files_office.rtf_object(files_office.ole1("htmlfile", b"", linked="http://files.example.net/a.hta"))
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
    "a link": ("a.docx", files_office.word(relations=files.external("hyperlink", "https://files.example.net/"))),
    "a picture from the web": (
        "a.docx",
        files_office.word(relations=files.external("image", "https://files.example.net/a.png")),
    ),
    "a template on a disk": (
        "a.docx",
        files_office.word(relations=files.external("attachedTemplate", "file:///C:\\Users\\a\\Normal.dotm")),
    ),
    "a template on the server of a company": (
        "a.docx",
        files_office.word(relations=files.external("attachedTemplate", r"file:///\\server\share\a.dotx")),
    ),
    "a template in SharePoint": (
        "a.docx",
        files_office.word(relations=files.external("attachedTemplate", "https://a.sharepoint.com/a.dotx")),
    ),
    "a linked workbook": ("a.docx", files_office.word(relations=files.external("oleObject", "file:///C:\\a\\b.xlsx"))),
    "an object in the file": (
        "a.docx",
        files_office.word(relations='<Relationship Id="r" Type="x/oleObject" Target="embeddings/a.bin"/>'),
    ),
    "a server on the own network": (
        "a.docx",
        files_office.word(relations=files.external("oleObject", r"\\192.168.1.5\a\b.xlsx")),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_loads_from_outside", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_loads_from_outside", file) == []


def test_a_file_server_with_a_name_weighs_less_than_an_address() -> None:
    named, address, both = (
        files_office.word(relations="".join(files.external("oleObject", target) for target in targets))
        for targets in (
            (r"file:///\\fs01.example.org\data\a.xlsx",),
            (r"file://\\203.0.113.9\a",),
            (r"\\fs01.example.org\a.xlsx", "http://files.example.net/a.html"),
        )
    )
    weights = [
        found("document_loads_from_outside", ("a.docx", document))[0].weight for document in (named, address, both)
    ]
    assert weights == [4, 9, 9]


def test_a_template_weighs_less_than_an_object() -> None:
    weights = [found("document_loads_from_outside", BAD[name])[0].weight for name in ("a template", "an object")]
    assert weights == [6.0, 9.0]
