"""Attachments that html_attachment_has_form_or_script must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a form": ("page.html", files.page(form='<form action="https://www.example.com/"><input name=a></form>')),
    "a script": ("page.htm", files.page(script="<script>document.title = 1</script>")),
}
GOOD: dict[str, File] = {
    "a report": ("report.html", files.page()),
    "sources of software": ("site.zip", files.zip_file({"index.html": files.page(script="<script>1</script>")})),
    "a text about it": ("notes.txt", b"How to write <script> in a page\n"),
    "a document": ("a.docx", files.docx("<script>")),
    "a log-in page has its own": ("a.html", files.page(form="<form><input type=password></form>")),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("html_attachment_has_form_or_script", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("html_attachment_has_form_or_script", file) == []
