"""Attachments that attachment_is_program must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "by name and content": ("setup.exe", files.windows_program()),
    "by content alone": ("setup.dat", files.windows_program()),
    "by name alone": ("setup.scr", b"\x00\x01\x02 packed by something unknown"),
    "a name that ends in a blank": ("setup.exe. ", files.windows_program()),
    "an ELF program": ("setup", files.unix_program()),
    "a Java archive": (
        "tool.jar",
        files.zip_file(
            {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "A.class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34"}
        ),
    ),
}
GOOD: dict[str, File] = {
    "a page saved from a .com": ("www.example.com", files.page()),
    "a text about a .com": ("notes on example.com", b"Notes on the site, line by line.\n" * 5),
    "a photo of a .com": ("example.com", files.blank_picture()),
    "an emptied attachment": ("setup.exe", b""),
    "a text that begins with MZ": ("letter.txt", b"MZ is how the letter begins, which is odd but true.\n"),
    "a PDF": ("report.pdf", files.pdf()),
    "a document": ("report.docx", files.docx()),
    "a signature": ("smime.p7s", b"0\x80\x06\t*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80" + bytes(200)),
    "a program in a zip": ("setup.zip", files.zip_file({"setup.exe": files.windows_program()})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("attachment_is_program", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("attachment_is_program", file) == []


def test_programs_of_other_systems_weigh_less() -> None:
    (windows,), (unix,) = (
        found("attachment_is_program", file)
        for file in (("a.exe", files.windows_program()), ("a", files.unix_program()))
    )
    assert windows.weight > unix.weight > 0
