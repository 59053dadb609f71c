"""Attachments that rtf_object_is_disguised must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, files_of, found

OBJECT = files_office.ole1("Package", files_office.native("bill.exe", files.windows_program())[4:])

BAD: dict[str, File] = {
    "words in the data": ("a.rtf", files_office.rtf(files_office.rtf_object(OBJECT, between=r"{\*\junk 41}"))),
    "unknown words in the data": ("a.rtf", files_office.rtf(files_office.rtf_object(OBJECT, between=r"\hoax "))),
    "a broken start": ("a.doc", files_office.rtf(files_office.rtf_object(OBJECT), head=r"{\rt")),
    "another version": ("a.doc", files_office.rtf(files_office.rtf_object(OBJECT), head=r"{\rtf77\x ")),
    "no header": ("a.rtf", files_office.rtf(files_office.rtf_object(b"MZ" + bytes(200)))),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "an object": ("a.rtf", files_office.rtf(files_office.rtf_object(OBJECT))),
    "an object in one line": ("a.rtf", files_office.rtf(files_office.rtf_object(OBJECT, between=""))),
    "an object that is updated": ("a.rtf", files_office.rtf(files_office.rtf_object(OBJECT, update=True))),
    "a picture": ("a.rtf", files_office.rtf(r"{\pict\pngblip 89504e470d0a1a0a}")),
    "a broken start without objects": ("a.rtf", files_office.rtf(head=r"{\rt")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("rtf_object_is_disguised", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("rtf_object_is_disguised", file) == []


def test_data_is_read_through_the_disguise() -> None:
    for name in ("words in the data", "unknown words in the data", "a broken start"):
        assert any(facts.path.endswith("/bill.exe") for facts in files_of(BAD[name])[0]), name


def test_an_object_that_starts_at_once_weighs_more() -> None:
    updating = files_office.rtf(files_office.rtf_object(OBJECT, update=True, between=r"\hoax "))
    assert found("rtf_object_is_disguised", ("a.rtf", updating))[0].weight == 9.0
