"""Documents that pdf_structure_hides_actions must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script, updated
from tests.workers.attachments.scan import File, found

PRINTS = "/OpenAction " + script("this.print()")
RUNS = "/OpenAction << /S /Launch /F (a.exe) >>"
UPDATE = {1: "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /URI /URI (https://www.example.com/) >> >>"}
BAD: dict[str, tuple[File, float]] = {
    "the name of the script": (("a.pdf", document(PRINTS.replace("/JavaScript", "/J#61vaScript"))), 8.0),
    "all of a name": (("a.pdf", document(PRINTS.replace("/JS", "/#4a#53"))), 8.0),
    "the name of the event": (("a.pdf", document(PRINTS.replace("OpenAction", "Open#41ction"))), 8.0),
    "in an object stream": (
        (
            "a.pdf",
            document(
                objects=[
                    files_pdf.stream(b"20 0 << /S /La#75nch /F (a.exe) >>", "/Type /ObjStm /N 1 /First 5", packed=True)
                ]
            ),
        ),
        8.0,
    ),
    "a script behind something else": (("a.pdf", b"GIF89a\n" * 9 + document(PRINTS)), 4.0),
    "a program behind something else": (("a.pdf", b"GIF89a\n" * 9 + document(RUNS)), 4.0),
    "an address behind the end": (("a.pdf", updated(document(), UPDATE)), 4.0),
}
GOOD: dict[str, File] = {
    "a document": ("a.pdf", document()),
    "a script": ("a.pdf", document(PRINTS)),
    "a program": ("a.pdf", document(RUNS)),
    "escapes in the name of a font": ("a.pdf", document().replace(b"/Helvetica", b"/Helvetica#20Neue,Bold")),
    "escapes in the name of a colour": ("a.pdf", document(page="/Cs /PANTONE#20186#20C")),
    "letters with accents in a name": ("a.pdf", document(page="/Caf#c3#a9 1")),
    "a link with escapes": ("a.pdf", document(page=link("https://www.example.com/J#61vaScript"))),
    "lines of a printer before it": ("a.pdf", b"\x1b%-12345X@PJL JOB\n@PJL ENTER LANGUAGE=PDF\n" + document()),
    "a byte order mark before it": ("a.pdf", b"\xef\xbb\xbf" + document(PRINTS)),
    "blank lines before it": ("a.pdf", b"\r\n\r\n" + document(PRINTS)),
    "a form that was filled in": ("a.pdf", updated(document(), {9: "<< /V (a) >>"})),
    "a form that got a script": (
        "a.pdf",
        updated(document(), {1: f"<< /Type /Catalog /Pages 2 0 R {PRINTS} >>"}),
    ),
    "objects in object streams": ("a.pdf", saved(document(page=link()), packed_objects=True)),
    "an address in an update of one that had it": ("a.pdf", updated(document("/OpenAction [3 0 R /Fit]"), UPDATE)),
    "a source file": ("a.txt", b"/J#61vaScript /Open#41ction"),
    "an archive": ("a.zip", files.zip_file({"a.txt": b"/J#61vaScript"})),
    "a text about it": ("a.pdf", document(content=f"BT ({escaped('/J#62vaScript')}) Tj ET".encode())),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_structure_hides_actions", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_structure_hides_actions", file) == []
