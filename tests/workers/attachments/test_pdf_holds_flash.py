"""Documents that pdf_holds_flash must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found

FILM = "<< /Type /RichMediaInstance /Subtype /Flash >>"
BAD: dict[str, tuple[File, float]] = {
    "a film": (
        ("a.pdf", document(page=f"/Annots [<< /Subtype /RichMedia /RichMediaContent << /Instances [{FILM}] >> >>]")),
        2.5,
    ),
    "a film in an object of its own": (("a.pdf", document(objects=[FILM])), 2.5),
}
GOOD: dict[str, File] = {
    "a document": ("a.pdf", document()),
    "a model": ("a.pdf", document(page="/Annots [<< /Subtype /3D /3DD 10 0 R >>]", objects=["<< /Subtype /U3D >>"])),
    "a video": ("a.pdf", document(objects=["<< /Type /RichMediaInstance /Subtype /Video >>"])),
    "a link": ("a.pdf", document(page=link("https://www.example.com/a.swf"))),
    "a script": ("a.pdf", document("/OpenAction " + script(escaped("'/Subtype /Flash'")))),
    "a text about it": ("a.pdf", document(content=b"BT (/RichMediaInstance /Subtype /Flash) Tj ET")),
    "in object streams": ("a.pdf", saved(document(), packed_objects=True)),
    "a source file": ("a.txt", FILM.encode()),
    "a picture": ("a.png", files.blank_picture()),
    "a bare stream": ("a.bin", files_pdf.stream(b"")),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_holds_flash", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_holds_flash", file) == []
