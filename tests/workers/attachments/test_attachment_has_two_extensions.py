"""Attachments that attachment_has_two_extensions must find, and (more) that it must leave alone."""

from __future__ import annotations

import gzip

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a program": ("invoice.pdf.exe", files.windows_program()),
    "a screen saver": ("photo.jpg.scr", files.windows_program()),
    "a script": ("order.docx.js", b"WScript.Echo(1)"),
    "a page": ("fax.pdf.html", files.page()),
    "with blanks between": ("statement.pdf .vbs", b"MsgBox 1"),
    "in a zip": ("a.zip", files.zip_file({"invoice.doc.lnk": files.shortcut()})),
}
GOOD: dict[str, File] = {
    "a year": ("report.2024.pdf", files.pdf()),
    "a version": ("v1.2.tar.gz", files.tar_gz({"v1.2/README": b"Read me.\n"})),
    "packed": ("report.pdf.zip", files.zip_file({"report.pdf": files.pdf()})),
    "signed": ("contract.pdf.p7s", b"0\x80\x06\t*\x86H\x86\xf7\r\x01\x07\x02" + bytes(99)),
    "a detached signature": ("notes.txt.asc", b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"),
    "compressed": ("table.csv.gz", gzip.compress(b"a,b\n")),
    "minified": ("jquery.min.js", b"!function(){}();"),
    "a date before a program": ("setup.2026.01.exe", files.windows_program()),
    "a saved page in a zip": ("wiki.zip", files.zip_file({"logo.png.html": files.page()})),
    "converted": ("minutes.docx.pdf", files.pdf()),
    "a backup": ("list.txt.bak", b"list\n"),
    "dots in a sentence": ("Mr. Smith, Dr. Jones and Co.pdf", files.pdf()),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_has_two_extensions", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_has_two_extensions", file) == []
