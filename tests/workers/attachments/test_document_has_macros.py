"""Attachments that document_has_macros must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a macro for a button": ("a.doc", files.doc(files.QUIET_MACRO)),
    "docm": ("a.docm", files.macro_document(files.QUIET_MACRO)),
    "source removed": (
        "a.doc",
        files.compound_file({"WordDocument": bytes(5_000), "VBA/dir": bytes(50), "VBA/_VBA_PROJECT": bytes(50)}),
    ),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "a module without code": ("a.docm", files.macro_document(files.EMPTY_MODULE)),
    "macros that start by themselves": ("a.docm", files.macro_document()),
    "doc": ("a.doc", files.doc()),
    "a damaged doc": ("a.doc", files.doc(files.QUIET_MACRO)[:700]),
    "a zip": ("a.zip", files.zip_file({"a.txt": b"a"})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_has_macros", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_has_macros", file) == []
