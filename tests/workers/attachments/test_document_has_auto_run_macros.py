"""Attachments that document_has_auto_run_macros must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "docm": ("a.docm", files.macro_document()),
    "docm under another name": ("a.docx", files.macro_document()),
    "doc": ("a.doc", files.doc(files.MACRO)),
    "a macro sheet, and before it the same elsewhere": (
        "c.xlsm",
        files_office.excel(
            {
                "xl/workbook.xml": b'<workbook><definedNames><definedName name="_xlnm.Auto_Open">Macro1!$A$1'
                b"</definedName></definedNames></workbook>",
                "customXml/item1.xml": files_office.macro_sheet('EXEC("calc.exe")'),
                "xl/macrosheets/sheet1.xml": files_office.macro_sheet('EXEC("calc.exe")'),
            }
        ),
    ),
    "one XML file": ("a.xml", files.flat_document()),
    "a web page in one file": ("b.doc", files.web_archive()),
    "a web page behind a PDF": ("c.doc", files.pdf() + files.web_archive()),
    "in a zip": ("a.zip", files.zip_file({"a.docm": files.macro_document()})),
    "a document event": (
        "a.doc",
        files.doc('Attribute VB_Name = "ThisDocument"\nPrivate Sub Document_Open()\nMsgBox 1\nEnd Sub\n'),
    ),
    "Excel 4 in a text file": ("a.slk", b'ID;PWXL;N;E\r\nNN;NAuto_open;ER1C1\r\nC;X1;Y1;EEXEC("calc")\r\nE\r\n'),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "a macro for a button": ("a.doc", files.doc(files.QUIET_MACRO)),
    "a module without code": ("a.docm", files.macro_document(files.EMPTY_MODULE)),
    "the word in a text": ("a.txt", files.MACRO.encode()),
    "the word in a document": ("a.docx", files.docx("Sub AutoOpen()")),
    "an encrypted document": ("a.docx", files.encrypted_document()),
    "a PDF": ("a.pdf", files.pdf("AutoOpen")),
    "a comment": (
        "a.doc",
        files.doc('Attribute VB_Name = "Module1"\n\x27 AutoOpen is not used here\nSub Total()\nx = 1\nEnd Sub\n'),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_has_auto_run_macros", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_has_auto_run_macros", file) == []


def test_calls_that_start_programs_weigh_more() -> None:
    heavy, mild = (found("document_has_auto_run_macros", BAD[name])[0].weight for name in ("docm", "a document event"))
    assert heavy > mild > 0
