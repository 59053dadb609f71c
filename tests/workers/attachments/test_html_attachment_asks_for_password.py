"""Attachments that html_attachment_asks_for_password must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a log-in page": (
        "secure.html",
        files.page(form='<form action="https://login.example/p"><input type=password></form>'),
    ),
    "a log-in page as octets": ("secure.dat", files.page(form='<form><input type="password"></form>')),
}
GOOD: dict[str, File] = {
    "a search form": ("page.html", files.page(form='<form action="https://www.example.com/"><input type=text></form>')),
    "a report": ("report.html", files.page()),
    "the word": ("page.html", files.page(form="<p>Never tell your password: type=password</p>")),
    "sources of software": (
        "site.zip",
        files.zip_file({"login.html": files.page(form="<form><input type=password></form>")}),
    ),
    "a text": ("notes.txt", b"<input type=password> is how it is written\n"),
    "a PDF": ("a.pdf", files.pdf("password")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_asks_for_password", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_asks_for_password", file) == []
