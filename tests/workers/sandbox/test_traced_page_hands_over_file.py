"""What traced_page_hands_over_file must find in running code, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests import files_scripts as scripts
from tests.workers.attachments.scan import File
from tests.workers.sandbox.run import HARMLESS, found

BAD: dict[str, File] = {
    "smuggling": ("a.html", scripts.smuggling_page(files.zip_file({"a.js": b"1"}))),
    "a program": ("b.html", scripts.smuggling_page(b"MZ" + bytes(200), "report.bin")),
    "another way of Internet Explorer": (
        "c.html",
        scripts.page_with("<script>navigator.msSaveBlob(new Blob(['PK']), 'a.zip')</script>"),
    ),
    "when it is loaded": (
        "d.html",
        scripts.page_with(
            "<body onload=\"var a=document.createElement('a');a.download='a.iso';a.href='data:;base64,AAAA';a.cl"
            'ick()">'
        ),
    ),
    "in a picture": (
        "e.svg",
        scripts.svg(
            "<script>var a=document.createElement('a');a.download='a.zip';a.href='data:;base64,UEs=';a.click()</script>"
        ),
    ),
}
GOOD: dict[str, File] = {
    **HARMLESS,
    "a table": ("f.html", scripts.smuggling_page(b"1;2", "table.csv")),
    "at a click": (
        "g.html",
        scripts.page_with(
            "<button onclick=\"save()\">x</button><script>function save(){navigator.msSaveBlob(new Blob(['PK'])"
            ", 'a.zip')}</script>"
        ),
    ),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    (finding,) = found("traced_page_hands_over_file", file)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("traced_page_hands_over_file", file) == []
