"""Attachments that document_starts_program_by_dde must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_office
from tests.workers.attachments.scan import File, found

FIELD = b"\xec\xa5\xc1\x00" + bytes(600) + b"\x13 DDEAUTO cmd.exe /k calc\x14!\x15" + bytes(5_000)
LINK = b'<?xml version="1.0"?><externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
QUOTED = (
    "<w:p>"
    + files_office.mark("begin")
    + files_office.field("QUOTE 68 68 69")
    + "<w:r><w:instrText> cmd.exe /c</w:instrText></w:r>"
    + files_office.mark("end")
    + "</w:p>"
)

BAD: dict[str, File] = {
    "a field in runs": ("a.docx", files_office.word(files_office.field("DDE", "AUTO c:\\\\cmd.exe /k calc"))),
    "a simple field": ("a.docx", files_office.word('<w:fldSimple w:instr=" dde cmd.exe /c "/>')),
    "put together from numbers": ("a.docx", files_office.word(QUOTED)),
    "a field of Word 97": ("a.doc", files.compound_file({"WordDocument": FIELD, "1Table": bytes(600)})),
    "a workbook of Excel 97": ("a.xls", files_office.xls(macro=False, links=["cmd|/c calc.exe"])),
    "a linked part": ("a.xlsx", files_office.excel({"xl/externalLinks/externalLink1.xml": LINK})),
    "a table": ("a.csv", b"name,sum\r\nBob,=cmd|'/c calc.exe'!A0\r\n"),
    "RTF": ("a.rtf", files_office.rtf(r"{\field{\*\fldinst DDEAUTO c:\\\\cmd.exe /k calc}{\fldrslt x}}")),
}
GOOD: dict[str, File] = {
    "docx": ("a.docx", files.docx()),
    "doc": ("a.doc", files.doc()),
    "RTF": ("a.rtf", files_office.rtf()),
    "a PDF": ("a.pdf", files.pdf()),
    "odt": ("a.odt", files_office.odt("<text:p>Minutes</text:p>")),
    "a macro document": ("a.docm", files.macro_document()),
    "a field of a link": ("a.docx", files_office.word(files_office.field('HYPERLINK "https://example.com"'))),
    "the word in a text": ("a.docx", files.docx("DDEAUTO cmd.exe")),
    "the word in a table": ("a.csv", b"name,note\r\nBob,cmd and powershell | pipes\r\n"),
    "a bar in a table": ("a.csv", b"=a,b|'c'\r\n"),
    "a page number": ("a.docx", files_office.word(files_office.field("PAGE"))),
    "a table of sums": ("a.csv", b"a,b\r\n=1+2,=SUM(A1)\r\n"),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("document_starts_program_by_dde", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("document_starts_program_by_dde", file) == []


def test_data_from_a_market_feed_weighs_next_to_nothing() -> None:
    feed = files_office.excel(
        {"xl/externalLinks/externalLink1.xml": LINK.replace(b"cmd", b"TWSERVER").replace(b"/c calc", b"quotes")}
    )
    assert [hit.weight for hit in found("document_starts_program_by_dde", ("a.xlsx", feed))] == [0.4]
