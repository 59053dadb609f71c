"""Documents that pdf_form_sends_data must find, with their weights, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files, files_pdf
from tests.files_pdf import document, escaped, link, saved, script
from tests.workers.attachments.scan import File, found


def form(target: str = "https://www.example.com/f", *, field: str = "/FT /Tx /T (Town)") -> bytes:
    """A form with a field and a button that sends it."""
    button = f"<< /Subtype /Widget /FT /Btn /A << /S /SubmitForm /F << /FS /URL /F ({target}) >> >> >>"
    return document("/AcroForm << /Fields [10 0 R] >>", page=f"/Annots [10 0 R {button}]", objects=[f"<< {field} >>"])


XFA = files_pdf.stream(b'<xdp><submit format="xml" target="https://www.example.com/f"/></xdp>', packed=True)
BAD: dict[str, tuple[File, float]] = {
    "a survey": (("a.pdf", form()), 0.5),
    "a field for a password": (("a.pdf", form(field="/FT /Tx /T (Text1) /Ff 8192")), 7.0),
    "a field that is called so": (("a.pdf", form(field="/FT /Tx /T (email_pw) /TU (Your password)")), 7.0),
    "a field that is called so in UTF-16": (
        ("a.pdf", form(field="/T <feff00500061007300730077006f00720074> /FT /Tx")),
        7.0,
    ),
    "the code of a card": (("a.pdf", form(field="/FT /Tx /T (CVV)")), 7.0),
    "a form of XML": (("a.pdf", document("/AcroForm << /XFA [(a) 10 0 R] >>", objects=[XFA])), 0.5),
    "objects in object streams": (("a.pdf", saved(form(), packed_objects=True)), 0.5),
}
GOOD: dict[str, File] = {
    "no form": ("a.pdf", document()),
    "a form to print": ("a.pdf", document("/AcroForm << /Fields [10 0 R] >>", objects=["<< /FT /Tx /T (Town) >>"])),
    "a form to print that asks for a password": (
        "a.pdf",
        document("/AcroForm << /Fields [10 0 R] >>", objects=["<< /FT /Tx /T (Password) >>"]),
    ),
    "a form that goes by mail": ("a.pdf", form("mailto:office@example.com")),
    "a form that is cleared": ("a.pdf", document(page="/Annots [<< /Subtype /Widget /A << /S /ResetForm >> >>]")),
    "a form that is added up": (
        "a.pdf",
        document(page=f"/Annots [<< /FT /Tx /AA << /C {script('AFSimple_Calculate(0, 1)')} >> >>]"),
    ),
    "a form of XML without a target": (
        "a.pdf",
        document("/AcroForm << /XFA 10 0 R >>", objects=[files_pdf.stream(b"<xdp><subform/></xdp>")]),
    ),
    "a link": ("a.pdf", document(page=link())),
    "a note about it": ("a.pdf", document(page=f"/Annots [<< /Contents ({escaped('/S /SubmitForm /F (a)')}) >>]")),
    "a page with a form": ("a.html", files.page(form='<form action="https://www.example.com/"></form>')),
    "a source file": ("a.txt", b"<< /S /SubmitForm /F (https://www.example.com/) >>"),
}


@pytest.mark.parametrize(("file", "weight"), BAD.values(), ids=BAD)
def test_is_found(file: File, weight: float) -> None:
    (finding,) = found("pdf_form_sends_data", file)
    assert finding.weight == weight


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("pdf_form_sends_data", file) == []
