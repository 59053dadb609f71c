"""Attachments that archive_holds_program_or_script must find, and (more) that it must leave alone."""

from __future__ import annotations

import gzip

import pytest

from tests import files
from tests.workers.attachments.scan import File, found

BAD: dict[str, File] = {
    "a program": ("a.zip", files.zip_file({"invoice.exe": files.windows_program()})),
    "a script": ("a.zip", files.zip_file({"scan.js": b"WScript.Echo(1)"})),
    "under a password": ("a.zip", files.encrypted_zip({"invoice.exe": files.windows_program()})),
    "with a decoy": ("a.zip", files.zip_file({"read me.txt": b"open it", "invoice.scr": files.windows_program()})),
    "under a harmless name": ("a.tar.gz", files.tar_gz({"invoice.pdf": files.windows_program()})),
    "in an inner zip": ("a.zip", files.nested_zip(files.windows_program(), "x.exe", depth=2)),
    "appended to a picture": ("a.png", files.png_header(64, 64) + files.zip_file({"x.vbs": b"MsgBox 1"})),
    "in a document": (
        "a.docx",
        files.zip_file(
            {
                "[Content_Types].xml": b"<Types/>",
                "word/document.xml": b"<a/>",
                "word/embeddings/x.exe": files.windows_program(),
            }
        ),
    ),
    "among many files": (
        "a.zip",
        files.zip_file({f"{n}.txt": str(n).encode() for n in range(20)} | {"setup.exe": files.windows_program()}),
    ),
    "an application of a page among many files": (
        "a.zip",
        files.zip_file({f"{n}.txt": str(n).encode() for n in range(20)} | {"x.hta": b"<script>1</script>"}),
    ),
    "software": (
        "a.zip",
        files.zip_file(
            {f"{n}.cs": str(n).encode() for n in range(9)} | {"setup.exe": files.windows_program(), "a.json": b"{}"}
        ),
    ),
}
GOOD: dict[str, File] = {
    "documents": ("a.zip", files.zip_file({"a.docx": files.docx(), "b.pdf": files.pdf()})),
    "sources with scripts": ("a.tar.gz", files.tar_gz({f"src/{n}.js": f"let a = {n};\n".encode() for n in range(12)})),
    "sources for Windows": (
        "a.zip",
        files.zip_file({f"src/{n}.c": str(n).encode() for n in range(9)} | {"build.bat": b"cl *.c\r\n"}),
    ),
    "a shared library": ("lib.tar.gz", files.tar_gz({"lib/liba.so": files.unix_program(), "README": b"Read me.\n"})),
    "a page of a .com": ("a.zip", files.zip_file({"www.example.com": files.page()})),
    "a docx": ("a.docx", files.docx()),
    "an empty zip": ("a.zip", b"PK\x05\x06" + bytes(18)),
    "a program that is no archive": ("a.exe", files.windows_program()),
    "a compressed log": ("app.log.gz", gzip.compress(b"GET /setup.exe 404\n" * 50)),
    "photos under a password": ("a.zip", files.encrypted_zip({"photo.jpg": b"\xff\xd8\xff"})),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_is_found(file: File) -> None:
    assert len(found("archive_holds_program_or_script", file)) == 1


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_is_left_alone(file: File) -> None:
    assert found("archive_holds_program_or_script", file) == []


def test_software_weighs_less_than_a_program_alone() -> None:
    alone, software = (
        found("archive_holds_program_or_script", BAD[name])[0].weight for name in ("a program", "software")
    )
    assert 0 < software < alone


@pytest.mark.parametrize("name", ["among many files", "an application of a page among many files"])
def test_decoys_take_nothing_off(name: str) -> None:
    alone, hidden = (found("archive_holds_program_or_script", BAD[each])[0].weight for each in ("a program", name))
    assert hidden == alone


def test_bookmarks_weigh_as_much_as_one_that_is_attached() -> None:
    bookmark = b"[InternetShortcut]\r\nURL=https://www.example.com/\r\n"
    assert found("archive_holds_program_or_script", ("a.zip", files.zip_file({"a.url": bookmark})))[0].weight == 2.5
    beside = files.zip_file({"a.url": bookmark, "b.js": b"WScript.Echo(1)"})
    assert found("archive_holds_program_or_script", ("a.zip", beside))[0].weight == 9
