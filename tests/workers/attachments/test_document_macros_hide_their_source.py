"""Attachments that document_macros_hide_their_source must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailchord.demo_office import vba_compressed
from tests import files, files_office
from tests.workers.attachments.scan import File, found

COMPILED = b"\xcc\x61" + bytes(20) + b"AutoOpen\x00\x00ShellExecute\x00"
QUIET = vba_compressed(files.QUIET_MACRO.replace("\n", "\r\n").encode())
LOUD = vba_compressed((files.QUIET_MACRO + "Sub AutoOpen()\nShellExecute 1\nEnd Sub\n").replace("\n", "\r\n").encode())

BAD: dict[str, File] = {
    "another source": ("a.doc", files.compound_file({"_VBA_PROJECT": COMPILED, "dir": b"x", "VBA/M": QUIET})),
    "no source": ("a.doc", files.compound_file({"_VBA_PROJECT": COMPILED, "dir": b"x", "VBA/M": bytes(900)})),
    "in a docm": (
        "a.docm",
        files_office.word(
            more={"word/vbaProject.bin": files.compound_file({"_VBA_PROJECT": COMPILED, "dir": b"x", "VBA/M": QUIET})}
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
    "a macro for a button": ("a.doc", files.doc(files.QUIET_MACRO)),
    "the same in source": ("a.doc", files.compound_file({"_VBA_PROJECT": COMPILED, "dir": b"x", "VBA/M": LOUD})),
    "a deleted start": ("a.doc", files.compound_file({"_VBA_PROJECT": b"AutoOpen", "dir": b"x", "VBA/M": QUIET})),
    "a deleted call": ("a.doc", files.compound_file({"_VBA_PROJECT": b"ShellExecute", "dir": b"x", "VBA/M": QUIET})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_macros_hide_their_source", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_macros_hide_their_source", file) == []
