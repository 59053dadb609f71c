"""Attachments that html_attachment_asks_for_password must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

LOGIN = files.page(form='<form action="https://login.example/p"><input type=password></form>')


def entities(page: bytes) -> str:
    return "".join(f"&#{byte};" for byte in page)


BAD: dict[str, File] = {
    "a log-in page": (
        "secure.html",
        files.page(form='<form action="https://login.example/p"><input type=password></form>'),
    ),
    "in an archive, and before it as a text": ("secure.zip", files.zip_file({"login.txt": LOGIN, "login.html": LOGIN})),
    "alone in an archive": ("secure.zip", files.zip_file({"login.html": LOGIN})),
    "with a decoy in an archive": ("secure.zip", files.zip_file({"login.html": LOGIN, "read me.txt": b"open it"})),
    "in a message": (
        "secure.eml",
        b"From: a@example.com\r\nSubject: x\r\nContent-Type: text/html; name=a.html\r\n"
        b"Content-Disposition: attachment; filename=a.html\r\n\r\n" + LOGIN,
    ),
    "in a frame": ("secure.html", files.page(form="<iframe srcdoc='" + entities(LOGIN) + "'></iframe>")),
    "in a frame, quoted": (
        "secure.html",
        files.page(form='<iframe srcdoc="' + LOGIN.decode().replace('"', "&quot;") + '"></iframe>'),
    ),
    "a log-in page in XML": (
        "secure.xml",
        b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body><form action="https://login.example/p">'
        b'<input type="password"/></form></body></html>',
    ),
    "a log-in page as octets": ("secure.dat", files.page(form='<form><input type="password"></form>')),
}
GOOD: dict[str, File] = {
    "a search form": ("page.html", files.page(form='<form action="https://www.example.com/"><input type=text></form>')),
    "an invoice in XML": ("invoice.xml", b'<?xml version="1.0"?>\n<Invoice><form/><input type="password"/></Invoice>'),
    "a report": ("report.html", files.page()),
    "the word": ("page.html", files.page(form="<p>Never tell your password: type=password</p>")),
    "sources of software": (
        "site.zip",
        files.zip_file({"login.html": LOGIN} | {f"{n}.js": str(n).encode() for n in range(9)}),
    ),
    "a frame with a report": ("page.html", files.page(form="<iframe srcdoc='<p>Report</p>'></iframe>")),
    "a text": ("notes.txt", b"<input type=password> is how it is written\n"),
    "a PDF": ("a.pdf", files.pdf("password")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_asks_for_password", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_asks_for_password", file) == []
