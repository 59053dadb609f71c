"""Attachments that document_has_default_password must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a document": ("a.docx", files_office.encrypted("VelvetSweatshop")),
    "slides": ("a.pptx", files_office.encrypted("/01Hannes Ruescher/01")),
    "in a zip": ("a.zip", files.zip_file({"a.docx": files_office.encrypted("VelvetSweatshop")})),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "another password": ("a.docx", files_office.encrypted("tiger2026")),
    "encrypted": ("a.docx", files.encrypted_document()),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_has_default_password", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_has_default_password", file) == []


def test_what_is_in_it_is_judged() -> None:
    assert found("document_has_auto_run_macros", BAD["a document"])
