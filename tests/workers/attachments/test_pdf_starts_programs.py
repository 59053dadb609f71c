"""Documents that pdf_starts_programs must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found

COMMAND = "<< /S /Launch /Win << /F (cmd.exe) /P (/c calc.exe) >> >>"
BAD: dict[str, tuple[File, float]] = {
    "a command when it is opened": (("a.pdf", document(f"/OpenAction {COMMAND}")), 12.0),
    "a command when a page is shown": (("a.pdf", document(page=f"/AA << /O {COMMAND} >>")), 12.0),
    "a command at a click": (("a.pdf", document(page=f"/Annots [<< /Subtype /Link /A {COMMAND} >>]")), 12.0),
    "a command after another action": (
        ("a.pdf", document(f"/OpenAction << /S /Named /N /NextPage /Next {COMMAND} >>")),
        12.0,
    ),
    "a program": (("a.pdf", document("/OpenAction << /S /Launch /F (setup.exe) >>")), 12.0),
    "a program of another system": (("a.pdf", document("/OpenAction << /S /Launch /Unix (/bin/sh) >>")), 12.0),
    "a program in a specification": (
        ("a.pdf", document("/OpenAction << /S /Launch /F << /Type /Filespec /UF (a.scr) >> >>")),
        12.0,
    ),
    "a document with parameters": (
        ("a.pdf", document("/OpenAction << /S /Launch /Win << /F (a.pdf) /P (/c calc.exe) >> >>")),
        12.0,
    ),
    "the kind of the action stands elsewhere": (
        ("a.pdf", document("/OpenAction << /S 10 0 R /F (a.exe) >>", objects=["/Launch"])),
        12.0,
    ),
    "objects in object streams": (("a.pdf", saved(document(f"/OpenAction {COMMAND}"), packed_objects=True)), 12.0),
    "names with escapes": (("a.pdf", document(f"/OpenAction {COMMAND}".replace("Launch", "La#75nch"))), 12.0),
    "a script opens what is embedded": (
        ("a.pdf", document("/OpenAction " + script("this.exportDataObject({ cName: 'a.docm', nLaunch: 2 });"))),
        9.0,
    ),
    "the document beside it": (
        ("a.pdf", document(page="/Annots [<< /Subtype /Link /A << /S /Launch /F (part2.pdf) >> >>]")),
        0.5,
    ),
}
GOOD: dict[str, File] = {
    "no action": ("a.pdf", document()),
    "a link": ("a.pdf", document(page=link("https://www.example.com/cmd.exe"))),
    "a file is embedded": ("a.pdf", files.pdf_with_file("a.txt", b"a")),
    "a script keeps what is embedded": (
        "a.pdf",
        document("/OpenAction " + script("this.exportDataObject({ cName: 'a.xml' });")),
    ),
    "it goes to a page": ("a.pdf", document("/OpenAction << /S /GoTo /D [3 0 R /Fit] >>")),
    "it goes to another document": (
        "a.pdf",
        document(page="/Annots [<< /Subtype /Link /A << /S /GoToR /F (part2.pdf) /D [0 /Fit] >> >>]"),
    ),
    "it opens the print dialogue": ("a.pdf", document("/OpenAction << /S /Named /N /Print >>")),
    "a text about it": ("a.pdf", document(content=b"BT /F1 9 Tf 9 9 Td (/S /Launch /F \\(cmd.exe\\)) Tj ET")),
    "a note about it": ("a.pdf", document(page=f"/Annots [<< /Contents ({escaped('/S /Launch /F (cmd.exe)')}) >>]")),
    "an empty action": ("a.pdf", document("/OpenAction << >>")),
    "a source file": ("a.txt", b"<< /S /Launch /F (cmd.exe) >>"),
    "a document of Office": ("a.docx", files.docx("/S /Launch /F (cmd.exe)")),
    "a picture": ("a.png", files_pdf.picture()),
    "locked, and no password is known": ("a.pdf", saved(document(f"/OpenAction {COMMAND}"), user="none")),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_starts_programs", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_starts_programs", file) == []
