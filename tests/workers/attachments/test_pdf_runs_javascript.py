"""Documents that pdf_runs_javascript must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found

SPRAY = "var a = unescape('" + "%u0c0c" * 20 + "'); while (a.length < 99999) a += a;"
IN_STREAM = document("/OpenAction << /S /JavaScript /JS 10 0 R >>", objects=[files_pdf.stream(b"eval(a)", packed=True)])
NAMES = "/Names << /JavaScript << /Kids [10 0 R] >> >>"
FORM = "/Annots [<< /Subtype /Widget /FT /Tx /T (Sum) /Rect [0 0 9 9] /AA << %s >> >>]"
BAD: dict[str, tuple[File, float]] = {
    "it prints itself": (("a.pdf", document("/OpenAction " + script("this.print(true);"))), 0.5),
    "it greets when a page is shown": (("a.pdf", document(page=f"/AA << /O {script('app.alert(1)')} >>")), 0.5),
    "it opens an address": (("a.pdf", document("/OpenAction " + script("app.launchURL('http://example.com/')"))), 4.0),
    "it sends the form": (("a.pdf", document(f"/AA << /WC {script('this.submitForm(cUrl)')} >>")), 4.0),
    "it unpacks code": (("a.pdf", document("/OpenAction " + script("eval(unescape('%61'))"))), 6.0),
    "it unpacks code in a field": (("a.pdf", document(page=FORM % f"/F {script('eval(b)')}")), 6.0),
    "its code is in a stream": (("a.pdf", IN_STREAM), 6.0),
    "its code is in the tree of names": (
        ("a.pdf", document(NAMES, objects=["<< /Names [(a) 11 0 R] >>", script("String.fromCharCode(97)")])),
        6.0,
    ),
    "its code is in the next action": (
        ("a.pdf", document(f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [{script('eval(a)')}] >>")),
        6.0,
    ),
    "code in hexadecimal": (("a.pdf", document("/OpenAction << /S /JavaScript /JS <6576616c286129> >>")), 6.0),
    "code in UTF-16": (
        ("a.pdf", document("/OpenAction << /S /JavaScript /JS <feff006500760061006c002800610029> >>")),
        6.0,
    ),
    "objects in object streams": (
        ("a.pdf", saved(document("/OpenAction " + script("eval(a)")), packed_objects=True)),
        6.0,
    ),
    "an exploit of a reader": (("a.pdf", document("/OpenAction " + script("Collab.getIcon(a + '_N.');"))), 12.0),
    "a heap spray": (("a.pdf", document("/OpenAction " + script(SPRAY))), 12.0),
    "an exploit behind a button": (
        ("a.pdf", document(page=f"/Annots [<< /Subtype /Widget /A {script('media.newPlayer(null)')} >>]")),
        12.0,
    ),
    "in a document that qpdf refuses": (("a.pdf", b"%PDF-1.\ntrailer<</Root<</OpenAction<</JS(eval(a))>>>>>>"), 6.0),
    "in an archive": (
        ("a.zip", files.zip_file({"a.pdf": document("/OpenAction " + script("eval(a)"))})),
        6.0,
    ),
}
GOOD: dict[str, File] = {
    "no script": ("a.pdf", document()),
    "it opens at a page": ("a.pdf", document("/OpenAction [3 0 R /Fit]")),
    "it goes to a page": ("a.pdf", document("/OpenAction << /S /GoTo /D [3 0 R /XYZ 0 0 1] >>")),
    "it opens the print dialogue": ("a.pdf", document("/OpenAction << /S /Named /N /Print >>")),
    "a field is formatted": (
        "a.pdf",
        document(
            page=FORM % f"/F {script('AFNumber_Format(2, 0, 0, 0, 0, true);')} /K {script('AFDate_Keystroke(1)')}"
        ),
    ),
    "a field is added up": (
        "a.pdf",
        document(page=FORM % f"/C {script('AFSimple_Calculate(0, new Array(1, 2));')}"),
    ),
    "a field is checked": ("a.pdf", document(page=FORM % f"/V {script('if (event.value < 0) app.beep();')}")),
    "a button prints": ("a.pdf", document(page=f"/Annots [<< /Subtype /Widget /A {script('this.print()')} >>]")),
    "a button opens a page": (
        "a.pdf",
        document(page=f"/Annots [<< /Subtype /Widget /A {script('app.launchURL(1)')} >>]"),
    ),
    "a button sends the form": (
        "a.pdf",
        document(page=f"/Annots [<< /Subtype /Widget /A {script('this.submitForm(1)')} >>]"),
    ),
    "an empty script": ("a.pdf", document("/OpenAction " + script(" "))),
    "an empty tree of scripts": ("a.pdf", document("/Names << /JavaScript << /Names [] >> >>")),
    "a link": ("a.pdf", document(page=link())),
    "a link with the word": ("a.pdf", document(page=link("https://example.com/eval(unescape(1))"))),
    "a text about it": ("a.pdf", document(content=b"BT /F1 9 Tf 9 9 Td (/OpenAction /JS eval\\(a\\)) Tj ET")),
    "a note about it": (
        "a.pdf",
        document(page=f"/Annots [<< /Subtype /Text /Contents ({escaped('/JS (eval(a))')}) >>]"),
    ),
    "a page as a file": ("a.html", files.page(script="<script>eval(a)</script>")),
    "a source file": ("a.txt", b"/OpenAction << /S /JavaScript /JS (eval(a)) >>"),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_runs_javascript", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_runs_javascript", file) == []
