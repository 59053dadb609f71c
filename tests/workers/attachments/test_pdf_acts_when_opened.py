"""Documents that pdf_acts_when_opened must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found

ADDRESS = "<< /S /URI /URI (https://www.example.com/) >>"
BAD: dict[str, tuple[File, float]] = {
    "an address when it is opened": (("a.pdf", document(f"/OpenAction {ADDRESS}")), 6.0),
    "an address when it is closed": (("a.pdf", document(f"/AA << /WC {ADDRESS} >>")), 6.0),
    "an address when a page is shown": (("a.pdf", document(page=f"/AA << /O {ADDRESS} >>")), 6.0),
    "an address when a note is seen": (
        ("a.pdf", document(page=f"/Annots [<< /Subtype /Screen /AA << /PV {ADDRESS} >> >>]")),
        6.0,
    ),
    "an address after a page": (
        ("a.pdf", document(f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next {ADDRESS} >>")),
        6.0,
    ),
    "a form is sent": (("a.pdf", document("/OpenAction << /S /SubmitForm /F (https://www.example.com/) >>")), 6.0),
    "data are fetched": (("a.pdf", document("/OpenAction << /S /ImportData /F (//203.0.113.1/a.fdf) >>")), 6.0),
    "a document from far": (("a.pdf", document("/OpenAction << /S /GoToR /F (https://example.com/a.pdf) >>")), 6.0),
    "a document that is embedded": (("a.pdf", document("/OpenAction << /S /GoToE /T << /R /C /N (a.pdf) >> >>")), 6.0),
}
GOOD: dict[str, File] = {
    "no action": ("a.pdf", document()),
    "it opens at a page": ("a.pdf", document("/OpenAction [3 0 R /Fit]")),
    "it goes to a page": ("a.pdf", document("/OpenAction << /S /GoTo /D [3 0 R /XYZ 0 0 1] >>")),
    "it opens the print dialogue": ("a.pdf", document("/OpenAction << /S /Named /N /Print >>")),
    "it shows a layer": ("a.pdf", document("/OpenAction << /S /SetOCGState /State [/ON 10 0 R] >>", objects=["<< >>"])),
    "it prints itself": ("a.pdf", document("/OpenAction " + script("this.print(true);"))),
    "a link": ("a.pdf", document(page=link())),
    "a button sends a form": (
        "a.pdf",
        document(page="/Annots [<< /Subtype /Widget /A << /S /SubmitForm /F (https://www.example.com/) >> >>]"),
    ),
    "a click in a field opens an address": (
        "a.pdf",
        document(page=f"/Annots [<< /Subtype /Widget /AA << /D {ADDRESS} >> >>]"),
    ),
    "the next part of a manual": ("a.pdf", document(page="/AA << /O << /S /GoToR /F (part2.pdf) /D [0 /Fit] >> >>")),
    "bookmarks": ("a.pdf", document("/Outlines << /First 10 0 R >>", objects=[f"<< /Title (a) /A {ADDRESS} >>"])),
    "a source file": ("a.txt", f"/OpenAction {ADDRESS}".encode()),
    "a page as a file": ("a.html", files.page()),
    "an action that leads nowhere": ("a.pdf", files_pdf.document("/OpenAction 99 0 R")),
    "objects in object streams": ("a.pdf", saved(document(page=link()), packed_objects=True)),
    "a text about it": ("a.pdf", document(content=f"BT /F1 9 Tf 9 9 Td ({escaped(ADDRESS)}) Tj ET".encode())),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_acts_when_opened", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_acts_when_opened", file) == []
