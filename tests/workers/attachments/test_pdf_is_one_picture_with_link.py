"""Documents that pdf_is_one_picture_with_link must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found

HALVES = (
    "/Annots [<< /Subtype /Link /Rect [20 20 590 180] /A << /S /URI /URI (https://www.example.com/) >> >>"
    " << /Subtype /Link /Rect [20 420 590 580] /A << /S /URI /URI (https://www.example.com/) >> >>]"
)
MANY = "/Annots [{}]".format(
    " ".join(
        f"<< /Subtype /Link /Rect [20 {y} 590 {y + 180}] /A << /S /URI /URI (https://www.example.com/{y}) >> >>"
        for y in range(0, 720, 180)
    )
)
PICTURE = files_pdf.PICTURE
LETTER = b"BT /F1 9 Tf 72 720 Td 11 TL %s ET" % (b"(Somebody shared a document with you today. Open it.) Tj T* " * 8)
BAD: dict[str, tuple[File, float]] = {
    "a button over a tenth of the page": (("a.pdf", document(page=link(box="100 100 500 250"), content=PICTURE)), 4.0),
    "a short letter with a large button": (("a.pdf", document(page=link(box="20 20 590 250"), content=LETTER)), 2.5),
    "a picture": (("a.pdf", document(page=link(), content=PICTURE)), 4.0),
    "a picture with a line of text": (("a.pdf", document(page=link(), content=PICTURE + files_pdf.LINE)), 4.0),
    "a third of the page": (("a.pdf", document(page=link(box="20 20 590 320"), content=PICTURE)), 4.0),
    "corners the other way round": (("a.pdf", document(page=link(box="590 770 20 20"), content=PICTURE)), 4.0),
    "larger than the page": (("a.pdf", document(page=link(box="-999 -999 9999 9999"), content=PICTURE)), 4.0),
    "in two halves": (("a.pdf", document(page=HALVES, content=PICTURE)), 4.0),
    "under the password of its owner": (
        ("a.pdf", saved(document(page=link(), content=PICTURE), owner="a")),
        4.0,
    ),
}
GOOD: dict[str, File] = {
    "a short letter with a link over a line": ("a.pdf", document(page=link(box="70 500 300 520"), content=LETTER)),
    "a short letter with a banner": ("a.pdf", document(page=link(box="20 680 590 790"), content=LETTER)),
    "a scan": ("a.pdf", document(content=PICTURE)),
    "a line of text": ("a.pdf", document()),
    "a page of text with a link over it": ("a.pdf", document(page=link(), content=files_pdf.TEXT)),
    "a link over a line": ("a.pdf", document(page=link(box="70 700 300 720"), content=PICTURE)),
    "a link over a logo": ("a.pdf", document(page=link(box="20 600 200 760"), content=PICTURE)),
    "an address below a picture": ("a.pdf", document(page=link(box="20 20 590 60"), content=PICTURE)),
    "a catalogue": ("a.pdf", document(page=MANY, content=PICTURE)),
    "a link beside the page": ("a.pdf", document(page=link(box="700 20 1400 770"), content=PICTURE)),
    "a link to another page": (
        "a.pdf",
        document(page="/Annots [<< /Subtype /Link /Rect [0 0 600 700] /Dest [3 0 R /Fit] >>]", content=PICTURE),
    ),
    "a note over a picture": (
        "a.pdf",
        document(page="/Annots [<< /Subtype /Text /Rect [0 0 600 700] /Contents (a) >>]", content=PICTURE),
    ),
    "no rectangle": ("a.pdf", document(page=link(box="a b"), content=PICTURE)),
    "a rectangle of nothing": ("a.pdf", document(page=link(box="0 0 0 0"), content=PICTURE)),
    "a picture as a file": ("a.png", files.blank_picture()),
    "a page as a file": ("a.html", files.page()),
    "a script": ("a.pdf", document("/OpenAction " + script(escaped("this.print()")))),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_is_one_picture_with_link", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_is_one_picture_with_link", file) == []
